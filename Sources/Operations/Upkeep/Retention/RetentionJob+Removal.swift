import Foundation
import HarborAPI
import HarborDatabase
import JobEngine
import OCIImage
import Retention

/// What the removals of a run belong to.
struct RemovalContext: Sendable {
    let plan: StoredPlan
    let removals: [PlannedRemoval]
    let journal: RemovalJournal
}

extension RetentionJob {
    /// Between two looks at pins, holds and registry no more is removed than the rate allows in this many minutes.
    private static let wave = 10
    /// Nothing but one request is sent on a look that is this old.
    static let freshness = Duration.seconds(600)

    /// Sends the requests. Order: an index before what it lists, so that whatever ends the run leaves no index without its images; what goes
    /// by itself is left to Harbor.
    ///
    /// Throws where it had to stop before anything was removed. Afterwards a stop is a finding.
    func remove(_ context: RemovalContext, _ world: World, _ recorder: RunRecorder) async throws {
        var tally = RemovalTally(recorder)
        let following = Set(context.removals.filter { $0.follows != nil }.map(\.id)).intersection(world.outcome.going)
        do {
            try await send(world, context, &tally)
        } catch let stop as RemovalRun.Stop {
            tally.note()
            let error = Self.error(after: stop.error)
            guard tally.removed > 0 else { throw error }
            try await count(following, context, recorder)
            recorder.note(Self.stopped(by: error))
            return
        } catch let error as UpkeepError where tally.removed > 0 {
            tally.note()
            try await count(following, context, recorder)
            recorder.note(Self.stopped(by: error))
            return
        }
        tally.note()
        try await count(following, context, recorder)
    }

    private func send(_ first: World, _ context: RemovalContext, _ tally: inout RemovalTally) async throws {
        let run = RemovalRun(registry: access.client, journal: context.journal, clock: access.clock, rate: settings.deletionsPerMinute)
        let size = max(1, settings.deletionsPerMinute) * Self.wave
        var world = first
        var queue = world.outcome.requests
        var sent: Set<RemovalJournal.Target> = []
        while true {
            var done = 0
            for removal in queue.prefix(size) {
                if !sent.isEmpty { try await run.pace() }
                // One request at least, or else a registry that takes long to be judged would be judged for ever.
                if done > 0, world.age.elapsed >= Self.freshness { break }
                // The file is small; whoever places a hold expects that it counts at once.
                guard try ImageHolds(stateDirectory: stateDirectory).entries == world.holds else { break }
                done += 1
                sent.insert(removal.target)
                tally.add(removal, try await run.remove(removal))
            }
            queue.removeFirst(done)
            guard !queue.isEmpty else { return }
            world = try await judge(context.plan, context.removals, context.journal, savedUntil: nil, withContents: false)
            let left = Set(queue.map(\.planned.id))
            for (id, change) in world.outcome.changes.sorted(by: { $0.key < $1.key }) where left.contains(id) { tally.skip(change) }
            queue = world.outcome.requests.filter { !sent.contains($0.target) && left.contains($0.planned.id) }
        }
    }

    /// Counts what went by itself. Without an answer of the database it stays uncounted.
    private func count(_ following: Set<Int64>, _ context: RemovalContext, _ recorder: RunRecorder) async throws {
        guard !following.isEmpty else { return }
        let left: Set<Int64>
        do {
            left = try await access.withSnapshot { database, _ in try await database.existing(following.sorted()) }
        } catch {
            try Task.checkCancellation()
            recorder.note(Finding(.remark, "not_verified", "what went together with others was not counted: \(error)"))
            return
        }
        recorder.add("removed", Int64(following.count - left.count))
        let byDigest = Dictionary(context.removals.map { ($0.image, $0.id) }, uniquingKeysWith: { first, _ in first })
        var behind = FindingList(.warning, "left_behind")
        for removal in context.removals where left.contains(removal.id) {
            guard let leader = removal.follows.flatMap({ byDigest["\(removal.repository)@\($0)"] }),
                context.journal.claims(RemovalJournal.Target(id: leader, tag: nil))
            else { continue }
            behind.add("\(removal.image) should have gone together with another, and is still there")
        }
        behind.note(in: recorder)
    }

    private static func error(after error: HarborAPIError) -> UpkeepError {
        switch error.code {
        case .readOnly:
            UpkeepError(.refused(.readOnly), "Harbor is in its read-only mode", remedy: "see who switched it on", cause: error)
        case .unauthorized, .forbidden, .needsAdministrator:
            UpkeepError(.refused(.notPermitted), "Harbor does not let the account remove artifacts", remedy: error.remedy, cause: error)
        case .unreachable, .timedOut, .tls, .notFound, .notAllowed, .conflict, .precondition, .tooLarge, .malformed, .tooManyRequests,
            .unavailable, .unexpectedAnswer, .unsettled, .failed:
            UpkeepError(.unreachable, "Harbor does not answer as it should", remedy: error.remedy, cause: error)
        }
    }

    private static func stopped(by error: UpkeepError) -> Finding {
        let code: String =
            switch error.code {
            case .refused(let refusal): refusal.rawValue
            case .unreachable: "unreachable"
            case .notFound, .corrupt, .configuration, .failed: "stopped"
            }
        return Finding(.warning, code, "the run stopped before the plan was done: \(error)")
    }
}
