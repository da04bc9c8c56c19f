import HarborAPI
import JobEngine

/// Scans images through Harbor: so many at once, at a rate, within a window, and not while Harbor is busy with others.
struct ScanWave: Sendable {
    /// How often the queue is looked at while it is too long.
    private static let queueInterval = Duration.seconds(10)

    let client: HarborClient
    let settings: RescanSettings
    let clock: any Clock<Duration>
    let recorder: RunRecorder

    /// What became of those that had their turn, and why the others had none.
    struct Outcome: Sendable {
        let results: [ScanResult]
        let stop: ScanStop?
    }

    /// Scans `targets` in their order until all are done or something ends it; what is under way then is waited for. Throws `CancellationError`
    /// alone: what is under way goes on in Harbor.
    func scan(_ targets: [ScanTarget]) async throws -> Outcome {
        let stopwatch = Stopwatch(clock)
        let ledger = ScanLedger(targets, width: settings.wave, recorder: recorder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            dispatch: while ledger.stopped == nil {
                switch ledger.next() {
                case .nothing: break dispatch
                case .wait: try await group.next()
                case .scan(let target):
                    guard try await isTurn(of: target, ledger, stopwatch) else { break dispatch }
                    ledger.begin(target)
                    group.addTask {
                        let scan = ImageScan(client: client, settings: settings, clock: clock, ledger: ledger, target: target)
                        ledger.end(try await scan.run())
                    }
                    try await clock.sleep(for: .seconds(60) / max(1, settings.perMinute))
                }
            }
            try await group.waitForAll()
        }
        return Outcome(results: ledger.results, stop: ledger.stopped)
    }

    /// Waits while Harbor has more scans waiting than it may: than our own wave for an image that nobody can pull meanwhile. False where nothing
    /// begins any more, which the ledger knows then.
    private func isTurn(of target: ScanTarget, _ ledger: ScanLedger, _ run: Stopwatch) async throws -> Bool {
        let limit = Int64(target.closesGate ? min(settings.wave, settings.queueDepth) : settings.queueDepth)
        let waiting = Stopwatch(clock)
        while ledger.stopped == nil {
            if let window = settings.window, run.elapsed >= window {
                ledger.stop(.window)
                return false
            }
            let obstacle: ScanStop
            do {
                guard let queue = try await queue(), queue.isPaused || queue.count > limit else { return ledger.stopped == nil }
                obstacle = .queue(queue.isPaused ? "is paused" : "holds \(queue.count) scans, and \(limit) may wait")
            } catch let error as HarborAPIError {
                obstacle = .failure(.ended(by: error))
                guard error.isPassing else {
                    ledger.stop(obstacle)
                    return false
                }
            }
            guard waiting.elapsed < settings.stuckAfter else {
                ledger.stop(obstacle)
                return false
            }
            try await clock.sleep(for: Self.queueInterval)
        }
        return false
    }

    /// Nil for who may not look: then scans begin without it, and what is broken shows with them.
    private func queue() async throws -> JobQueue? {
        do {
            return try await client.scanQueue()
        } catch let error as HarborAPIError {
            guard error.isLackOfPermission || error.code == .notFound else { throw error }
            return nil
        }
    }
}

extension HarborClient {
    /// The queue of scans; nil where Harbor has none yet.
    func scanQueue() async throws -> JobQueue? { try await queues().first { $0.jobType == "IMAGE_SCAN" } }
}

extension HarborAPIError {
    /// A core that restarts, a proxy that answers in its stead, too many questions: it passes.
    var isPassing: Bool { isRetryable || code == .unexpectedAnswer }

    /// The account is sound, and may not do this.
    var isLackOfPermission: Bool { code == .forbidden || code == .unauthorized && missingPermission != nil }
}

extension UpkeepError {
    /// A run that could not go on.
    static func ended(by error: HarborAPIError) -> UpkeepError {
        UpkeepError(
            error.isPassing ? .unreachable : .failed,
            "the rescan ended early, and scans that it had begun may go on without being watched: \(error.problem)", remedy: error.remedy)
    }
}
