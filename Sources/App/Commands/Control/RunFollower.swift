import ControlProtocol
import JobEngine
import Synchronization

/// Shows what happens in a run of the daemon until it ends.
struct RunFollower: Sendable {
    let client: ControlClient
    let progress: ConsoleProgress

    /// A stream that ends without the run's end is asked for anew no more often.
    private static let attempts = 3

    /// How the run ended. Throws ``ControlError``, `lost` where the daemon ends every stream before the run; `CancellationError` leaves the run alone.
    func follow(_ run: String) async throws -> RunEnding {
        for _ in 0..<Self.attempts {
            let ending = Mutex<RunEnding?>(nil)
            do {
                try await client.events(of: run) { line in
                    if let end = show(line) { ending.withLock { $0 = end } }
                }
            } catch let error as ControlError {
                // The daemon knows runs that are over from the journal alone.
                guard error.reason == "not_under_way" else { throw error }
            }
            if let end = ending.withLock({ $0 }) { return end }
            let document = try await client.run(run)
            if let end = Self.ending(document.run, document.report) { return end }
        }
        throw ControlError(.lost, "the daemon ended the stream of run \(run) before the run", remedy: "opsd run show \(run)")
    }

    /// Shows a line; returns the run's end where the line tells it.
    private func show(_ line: EventLine) -> RunEnding? {
        switch line.known {
        case .waiting: progress.say("waiting: \(line.reason ?? "for its turn")")
        case .phaseBegan: progress.begin(phase: line.phase ?? "", totalBytes: line.totalBytes)
        case .advanced: progress.reach(bytes: line.bytes ?? 0, items: line.items ?? 0)
        case .phaseEnded: if let report = line.phaseReport { progress.end(report) }
        case .ended: if let run = line.run, let report = line.report { return Self.ending(run, report) }
        // Began is seen by its first phase; what a newer daemon tells beside these is not needed to follow a run.
        case .began, .alive, nil: break
        }
        return nil
    }

    private static func ending(_ run: RunSummary, _ report: RunReport) -> RunEnding? {
        guard run.state == "ended" else { return nil }
        return RunEnding(report: report, seconds: run.seconds, failure: run.failure, exitCode: run.exitCode ?? report.outcome.exitCode)
    }
}
