import Assembly
import Foundation
import JobEngine
import LocalIO
import Logging
import ServiceLifecycle
import SystemPackage
import UnixSignals

/// Loads the configuration anew at SIGHUP. A bad one is refused: the old one stays in force, and log, status and a metric say so.
struct ReloadService: Service {
    let state: DaemonState
    let engine: JobEngine
    let supervisor: Supervisor
    /// Trapped before anything else was started: until then SIGHUP ends the process.
    let signals: UnixSignalsSequence
    /// What the servers were opened with beside the configuration.
    let listenSecrets: ListenSecrets
    let environment: [String: String]
    let load: @Sendable () throws -> Installation
    let wallclock: any WallClock
    let logger: Logger

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { await reload() }
    }

    private func reload() async {
        if state.isUp { supervisor.tell("RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.microseconds)") }
        do {
            let installation = try await onBlockingThread { try load() }
            try check(installation.configuration, against: state.installation.configuration)
            try await engine.reload(installation.jobDefinitions, runner: InstallationRunner(installation))
            state.accept(installation, at: wallclock.now)
            logger.notice("configuration reloaded", metadata: ["config.file": "\(installation.configuration.file)"])
        } catch {
            // Without the lines of the file and their carets, which a log takes apart.
            let reason = (error as? ConfigurationError).map(Self.oneLine) ?? "\(error)"
            state.refuse(reason)
            logger.error("configuration refused, the old one stays in force", metadata: ["error": "\(reason)"])
        }
        if state.isUp { supervisor.tell("READY=1") }
    }

    private static func oneLine(_ error: ConfigurationError) -> String {
        let hint = error.problems.compactMap(\.hint).first.map { " (\($0))" } ?? ""
        return "\(error.problem)\(hint). Hint: run 'opsd check-config'"
    }

    /// What servers and journal were opened with cannot change under them.
    private func check(_ new: Configuration, against old: Configuration) throws {
        var changed: [String] = []
        if new.listen != old.listen { changed.append("listen") }
        if new.stateDirectory != old.stateDirectory { changed.append("state_directory") }
        if new.controlSocket != old.controlSocket { changed.append("control_socket") }
        if changed.isEmpty, try ListenSecrets(new.listen, environment: environment) != listenSecrets {
            changed.append("the certificate, key or token of 'listen'")
        }
        guard changed.isEmpty else {
            throw RequestError(
                .configuration, "\(changed.joined(separator: " and ")) changed, which takes a restart",
                remedy: "run 'systemctl restart opsd'")
        }
    }
}
