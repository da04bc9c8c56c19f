package import Assembly
import Foundation
package import JobEngine
import LocalIO
import Logging
import ServiceLifecycle
import SystemPackage
import UnixSignals

/// `opsd serve`: the scheduler, the control socket, metrics and health, until it is told to stop.
package struct Daemon: Sendable {
    private let load: @Sendable () throws -> Installation
    private let environment: [String: String]
    private let wallclock: any WallClock
    private let clock: any Clock<Duration>

    /// A daemon of the configuration that `load` reads, now and at each reload. `environment` is asked for what systemd says in it.
    package init(
        environment: [String: String], wallclock: any WallClock, clock: any Clock<Duration>,
        load: @escaping @Sendable () throws -> Installation
    ) {
        self.load = load
        self.environment = environment
        self.wallclock = wallclock
        self.clock = clock
    }

    /// Serves until SIGTERM or SIGINT. Throws what keeps it from starting: configuration, state directory, journal, socket, port.
    package func run() async throws {
        let logger = makeLogger()
        let installation = try load()
        let configuration = installation.configuration
        let lock = try lockState(installation)
        defer { withExtendedLifetime(lock) {} }
        let journal = try openJournal(installation, logger)
        let signals = await UnixSignalsSequence(trapping: .sighup)
        let secrets = try ListenSecrets(configuration.listen, environment: environment)
        let state = DaemonState(installation, started: wallclock.now)
        let engine = JobEngine(
            journal: journal, runner: InstallationRunner(installation), host: Installation.hostIdentity,
            stateDirectory: configuration.stateDirectory, wallclock: wallclock, clock: clock, logger: logger)
        try await engine.start(installation.jobDefinitions)
        let supervisor = Supervisor(environment: environment, logger: logger)
        let readiness = Readiness(state: state, engine: engine, journal: journal)
        let announce: @Sendable (DaemonState.Server) async -> Void = { server in
            guard state.isUp(server) else { return }
            logger.notice(
                "opsd is ready",
                metadata: [
                    "version": "\(Installation.version)", "config.file": "\(configuration.file)",
                    "listen": "\(configuration.listen.address)",
                    "socket": "\(configuration.controlSocket)", "jobs": "\(configuration.jobs.count)",
                ])
            supervisor.tell("READY=1")
        }
        let parts = Parts(
            state: state, engine: engine, journal: journal, readiness: readiness, supervisor: supervisor, announce: announce, logger: logger
        )
        // Stopped from the end: first the engine, so that commands can still watch their runs end.
        var group = ServiceGroupConfiguration(
            services: servers(parts, secrets) + background(parts, signals, secrets) + [
                .init(
                    service: EngineService(engine: engine) { await announce(.engine) },
                    failureTerminationBehavior: .gracefullyShutdownGroup),
                .init(
                    service: SupervisionService(
                        supervisor: supervisor, state: state, engine: engine, environment: environment, clock: clock, logger: logger),
                    successTerminationBehavior: .ignore),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger.quiet)
        group.maximumGracefulShutdownDuration = .seconds(75)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            await supervisor.drain()
            throw error
        }
        logger.notice("opsd has stopped")
        await supervisor.drain()
    }

    /// What the services share.
    struct Parts: Sendable {
        let state: DaemonState
        let engine: JobEngine
        let journal: any RunJournal
        let readiness: Readiness
        let supervisor: Supervisor
        let announce: @Sendable (DaemonState.Server) async -> Void
        let logger: Logger
    }

    private func makeLogger() -> Logger {
        let handler = HostLogHandler(isJournal: StandardError.isJournal(environment["JOURNAL_STREAM"]), wallclock: wallclock)
        return Logger(label: "opsd") { _ in handler }
    }

    /// Keeps a second daemon off this state directory.
    private func lockState(_ installation: Installation) throws -> ProcessLock {
        let path = installation.daemonLockPath
        do {
            try Folder.make(path.removingLastComponent())
            return try ProcessLock(path, holder: "opsd serve, process \(ProcessInfo.processInfo.processIdentifier)")
        } catch {
            let directory = installation.configuration.stateDirectory
            guard error.code == .busy else {
                throw RequestError(
                    .outOfReach, "the state directory \(directory) cannot be used: \(error)",
                    remedy: "make it writable for the user of opsd, and see that its disk is not full")
            }
            throw RequestError(
                .busy, "\(ProcessLock.holder(of: path) ?? "another process") uses the state directory \(directory)",
                remedy: "stop it ('systemctl stop opsd'), or name another one with 'state_directory:'")
        }
    }

    private func openJournal(_ installation: Installation, _ logger: Logger) throws -> SQLiteJournal {
        let (journal, setAside) = try SQLiteJournal.openOrSetAside(at: installation.journalPath, now: wallclock.now)
        if let setAside {
            logger.error(
                "journal was corrupt, set aside and begun anew",
                metadata: ["journal.file": "\(installation.journalPath)", "journal.kept": "\(setAside)"])
        }
        return journal
    }

    /// A server that fails ends the daemon, in order: runs get their time to finish, and the first error is what is said.
    private func servers(_ parts: Parts, _ secrets: ListenSecrets) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let configuration = parts.state.installation.configuration
        let collector = MetricsCollector(state: parts.state, engine: parts.engine, journal: parts.journal, wallclock: wallclock)
        let isProtected = configuration.listen.protection != nil
        let metrics = MetricsService(
            listen: configuration.listen,
            router: MetricsRouter(collector: collector, readiness: parts.readiness, token: isProtected ? secrets.token : nil),
            secrets: isProtected ? secrets : nil, onRunning: { await parts.announce(.metrics) }, logger: parts.logger)
        let router = ControlRouter(
            state: parts.state, engine: parts.engine, journal: parts.journal, readiness: parts.readiness, wallclock: wallclock,
            clock: clock,
            logger: parts.logger)
        let control = ControlService(
            path: configuration.controlSocket, router: router, onRunning: { await parts.announce(.control) }, logger: parts.logger)
        let textfile = TextfileService(state: parts.state, collector: collector, clock: clock, logger: parts.logger)
        return [
            .init(service: metrics, failureTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: control, failureTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: textfile, successTerminationBehavior: .ignore),
        ]
    }

    private func background(
        _ parts: Parts, _ signals: UnixSignalsSequence, _ secrets: ListenSecrets
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let reload = ReloadService(
            state: parts.state, engine: parts.engine, supervisor: parts.supervisor, signals: signals, listenSecrets: secrets,
            environment: environment, load: load, wallclock: wallclock, logger: parts.logger)
        let history = HistoryService(state: parts.state, journal: parts.journal, wallclock: wallclock, clock: clock, logger: parts.logger)
        let watch = VaultWatch(state: parts.state, journal: parts.journal, clock: clock, logger: parts.logger)
        let harbor = HarborWatch(state: parts.state, journal: parts.journal, clock: clock, logger: parts.logger)
        return [
            .init(service: reload, successTerminationBehavior: .ignore), .init(service: history, successTerminationBehavior: .ignore),
            .init(service: watch, successTerminationBehavior: .ignore), .init(service: harbor, successTerminationBehavior: .ignore),
        ]
    }
}
