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
    let load: @Sendable () throws -> Installation
    let wallclock: any WallClock
    let logger: Logger

    func run() async throws {
        // Trapped before the daemon says that it is ready: a reload right after the start must not end it.
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() { await reload() }
    }

    private func reload() async {
        supervisor.tell("RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.microseconds)")
        do {
            let installation = try await onBlockingThread { try load() }
            try Self.check(installation.configuration, against: state.installation.configuration)
            try await engine.reload(installation.jobDefinitions, runner: InstallationRunner(installation))
            state.accept(installation, at: wallclock.now)
            logger.notice("configuration reloaded", metadata: ["config.file": "\(installation.configuration.file)"])
        } catch {
            // Without the lines of the file and their carets, which a log takes apart.
            let reason = (error as? ConfigurationError)?.problem ?? "\(error)"
            state.refuse(reason)
            logger.error("configuration refused, the old one stays in force", metadata: ["error": "\(reason)"])
        }
        supervisor.tell("READY=1")
    }

    /// What servers and journal were opened with cannot change under them.
    private static func check(_ new: Configuration, against old: Configuration) throws {
        var changed: [String] = []
        if new.listen != old.listen { changed.append("listen") }
        if new.stateDirectory != old.stateDirectory { changed.append("state_directory") }
        if new.controlSocket != old.controlSocket { changed.append("control_socket") }
        guard changed.isEmpty else {
            throw RequestError(
                .configuration, "\(changed.joined(separator: " and ")) changed, which takes a restart",
                remedy: "run 'systemctl restart opsd'")
        }
    }
}
