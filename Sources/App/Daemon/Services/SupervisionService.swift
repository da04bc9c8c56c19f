import Foundation
import JobEngine
import Logging
import ServiceLifecycle

/// Keeps systemd informed: readiness, a status line, and signs of life only while the scheduler really turns.
struct SupervisionService: Service {
    let supervisor: Supervisor
    let state: DaemonState
    let engine: JobEngine
    /// Half of what `WATCHDOG_USEC` allows; nil where no watchdog waits.
    let watchdog: Duration?
    let clock: any Clock<Duration>
    let logger: Logger

    /// Between two looks at the engine where no watchdog wants more.
    private static let interval = Duration.seconds(10)

    init(
        supervisor: Supervisor, state: DaemonState, engine: JobEngine, environment: [String: String], clock: any Clock<Duration>,
        logger: Logger
    ) {
        self.supervisor = supervisor
        self.state = state
        self.engine = engine
        self.clock = clock
        self.logger = logger
        watchdog = environment["WATCHDOG_USEC"].flatMap(Int64.init).flatMap { $0 > 0 ? .microseconds($0 / 2) : nil }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdownOnly()
        } onGracefulShutdown: {
            supervisor.tell("STOPPING=1\nSTATUS=stopping: runs finish, or are interrupted")
        }
    }

    private func cancelWhenGracefulShutdownOnly() async {
        // The wait ends with the shutdown; what is thrown then is only that.
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let picture = await engine.picture()
                if state.isUp {
                    supervisor.show(Self.status(picture))
                    // A scheduler that turns and can do nothing, as with a full disk, is helped by no restart, which would kill its runs.
                    if watchdog != nil, picture.isTurning { supervisor.tell("WATCHDOG=1") }
                    if picture.isLate {
                        logger.error(
                            "scheduler is late", metadata: ["scheduler.last_turn": "\(picture.lastTurn?.formatted(.iso8601) ?? "never")"])
                    }
                }
                try await clock.sleep(for: min(watchdog ?? Self.interval, Self.interval))
            }
        }
    }

    private static func status(_ picture: EnginePicture) -> String {
        let running = picture.runs.filter { $0.record.state == .running }.map { run in
            run.phase.map { "\(run.record.job) (\($0))" } ?? run.record.job
        }
        let waiting = picture.runs.count - running.count
        var parts = [running.isEmpty ? "idle" : "running \(running.joined(separator: ", "))"]
        if waiting > 0 { parts.append("\(waiting) waiting") }
        if let next = picture.nextStarts.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            parts.append("next \(next.key) at \(next.value.formatted(.iso8601))")
        }
        return parts.joined(separator: "; ")
    }
}
