import Foundation
import HarborAPI
import JobEngine

/// Starts a garbage collection of Harbor's and follows it to its end.
struct CollectionWatch: Sendable {
    /// Between two questions how far it is: a tenth of the time that it has taken, within these bounds.
    private static let pauses = Duration.milliseconds(250)...Duration.seconds(5)
    /// How often, and how far apart, a collection is looked for whose beginning was cancelled.
    private static let searches = 3
    private static let searchPause = Duration.seconds(2)
    /// How long a stop may keep a run from ending.
    private static let stopLimit = Duration.seconds(60)

    let client: HarborClient
    let clock: any Clock<Duration>
    /// Neither progress nor an answer for this long ends the watch.
    let stall: Duration

    /// Starts a collection and returns Harbor's number of it.
    ///
    /// Where the answer was lost the collection may have begun: then the newest one that was not there before, and is as it was asked for, is
    /// ours, since Harbor runs one at a time. Cancelled, it tells a collection that had begun to stop.
    func start(deletesUntagged: Bool, isDryRun: Bool, workers: Int) async throws -> Int64 {
        let last = try await client.collections(limit: 1).first?.id ?? 0
        try Task.checkCancellation()
        do {
            return try await begin(deletesUntagged: deletesUntagged, isDryRun: isDryRun, workers: workers, after: last)
        } catch is CancellationError {
            await stopBegun(after: last, isDryRun: isDryRun)
            throw CancellationError()
        }
    }

    private func begin(deletesUntagged: Bool, isDryRun: Bool, workers: Int, after last: Int64) async throws -> Int64 {
        do {
            return try await client.startCollection(deletesUntagged: deletesUntagged, isDryRun: isDryRun, workers: workers)
        } catch let error as HarborAPIError {
            switch error.code {
            case .unreachable, .timedOut, .unexpectedAnswer, .unavailable: break
            case .conflict:
                throw UpkeepError(
                    .refused(.busy), "Harbor takes no garbage collection now, since somebody else began one",
                    remedy: "let it end, then run this again", cause: error)
            case .readOnly:
                throw UpkeepError(
                    .refused(.readOnly), "Harbor is in its read-only mode and begins no collection",
                    remedy: "see who switched it on, and switch it off in Harbor's settings when they are done", cause: error)
            case .forbidden, .unauthorized, .needsAdministrator:
                throw UpkeepError(
                    .refused(.notPermitted), "Harbor does not let this account begin a garbage collection",
                    remedy: "grant the robot the permissions that the README lists", cause: error)
            case .tls, .notFound, .notAllowed, .precondition, .tooLarge, .malformed, .tooManyRequests, .unsettled, .failed: throw error
            }
            try await clock.sleep(for: Self.pauses.upperBound)
            guard let ours = try await begun(after: last, isDryRun: isDryRun) else { throw error }
            return ours.id
        }
    }

    private func begun(after last: Int64, isDryRun: Bool) async throws -> CollectionRun? {
        try await client.collections(limit: 5).first { $0.id > last && $0.isDryRun == isDryRun && $0.kind == .manual }
    }

    /// Stops the collection whose number the cancelled task did not learn, where it did begin.
    private func stopBegun(after last: Int64, isDryRun: Bool) async {
        await inAnyCase {
            // The request may still be under way to Harbor: looked for again, until it would have arrived.
            for _ in 0..<Self.searches {
                // An answer that fails leaves it to the next look.
                if let ours = try? await begun(after: last, isDryRun: isDryRun) {
                    try? await client.stopCollection(ours.id)  // Harbor ends it by itself where it hears of no stop
                    return
                }
                guard (try? await clock.sleep(for: Self.searchPause)) != nil else { return }  // the limit is reached
            }
        }
    }

    /// What tells progress from standing still.
    private struct Mark: Equatable {
        var status: JobStatus
        var updated: Date?
        /// Nil as long as nobody looked.
        var logLength: Int?
    }

    /// The length of the log, which grows while Harbor deletes; nil where it cannot be told, as of one that is too long to be read.
    private func logLength(_ number: Int64) async throws -> Int? {
        do {
            return try await client.collectionLog(number).utf8.count
        } catch let error as HarborAPIError {
            // There is none before the collection has begun.
            return error.code == .notFound ? 0 : nil
        }
    }

    /// Waits for the end of collection `number`. Throws ``UpkeepError``: `unreachable` where Harbor gave no answer for as long as `stall`
    /// (the collection goes on), `failed` where it stood still for as long. Its log is looked at only where nothing else moves, since all of it
    /// is transferred; one that cannot be read proves no standstill.
    func follow(_ number: Int64, title: String) async throws -> CollectionRun {
        let stopwatch = Stopwatch(clock)
        var mark = Mark(status: .pending)
        var lastAnswer = Duration.zero
        var lastProgress = Duration.zero
        var lastLog = Duration.zero
        while true {
            var failure: HarborAPIError?
            do {
                let run = try await client.collection(number)
                lastAnswer = stopwatch.elapsed
                if run.status.isFinal { return run }
                var now = Mark(status: run.status, updated: run.updated, logLength: mark.logLength)
                if now != mark { (mark, lastProgress) = (now, lastAnswer) }
                let idle = lastAnswer - lastProgress
                if idle >= stall || (idle >= stall / 2 && lastAnswer - lastLog >= stall / 2) {
                    lastLog = lastAnswer
                    let length = try await logLength(number)
                    if let length { now.logLength = length }
                    if length == nil || now != mark { (mark, lastProgress) = (now, lastAnswer) }
                }
            } catch let error as HarborAPIError {
                // A core that restarts, a credential that ran out: the collection is the job service's and goes on.
                failure = error
            }
            try Task.checkCancellation()
            let elapsed = stopwatch.elapsed
            guard elapsed - lastAnswer < stall else {
                throw UpkeepError(
                    .unreachable,
                    "\(title) cannot be followed any more: Harbor gave no answer for \(Int64(stall.seconds)) s. It goes on without being watched",
                    remedy: "see how it ended under Clean Up in Harbor's administration, then run 'opsd gc plan'", cause: failure)
            }
            guard elapsed - lastProgress < stall else {
                throw UpkeepError(
                    .failed, "\(title) made no progress for \(Int64(stall.seconds)) s (status \(mark.status)) and was told to stop",
                    remedy: "look at Harbor's job service and its log, then run this again", cause: StandStill())
            }
            try await clock.sleep(for: min(max(elapsed / 10, Self.pauses.lowerBound), Self.pauses.upperBound))
        }
    }

    /// Tells Harbor to stop, also in a task that is cancelled. A stop that cannot be told changes nothing for the caller, who ends anyway.
    func stopInAnyCase(_ number: Int64) async {
        // Harbor ends a collection by itself where it hears of no stop.
        await inAnyCase { try? await client.stopCollection(number) }
    }

    /// Does `work` also in a task that is cancelled, for a limited time.
    private func inAnyCase(_ work: @escaping @Sendable () async -> Void) async {
        // No child task: it would be cancelled from the start.
        await Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await work() }
                group.addTask { try? await clock.sleep(for: Self.stopLimit) }  // cut short by the stop's answer
                await group.next()
                group.cancelAll()
            }
        }.value
    }

    /// Marks the error of a collection that stands still.
    struct StandStill: Error, CustomStringConvertible {
        var description: String { "it may still be deleting" }
    }
}

extension UpkeepError {
    /// The collection stood still.
    var isStalled: Bool { cause is CollectionWatch.StandStill }
}
