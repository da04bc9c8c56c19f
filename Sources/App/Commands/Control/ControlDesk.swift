import Assembly
import ControlProtocol
import Daemon
import Foundation
import JobEngine
import LocalIO
import SystemPackage

/// Where a command asks: the daemon, and where none runs, the journal that it would have asked.
///
/// A daemon goes on with the configuration that it has, so it is asked also where the file is broken by now; what only the file can tell is not.
struct ControlDesk: Sendable {
    private let loaded: Result<Installation, ConfigurationError>
    private let places: RuntimePlaces

    /// Reads the configuration at `config` (the default place where nil), and where that is broken, only where the daemon is.
    ///
    /// Throws ``ConfigurationError`` where a file that was named cannot be read: it says nothing of a daemon, and to guess could mean that of
    /// another configuration.
    init(config: FilePath?, stateDirectory: FilePath?, environment: [String: String]) throws {
        do {
            let installation = try Installation.load(config, stateDirectory: stateDirectory, environment: environment)
            loaded = .success(installation)
            places = RuntimePlaces(installation.configuration)
        } catch let problem as ConfigurationError {
            loaded = .failure(problem)
            do {
                places = try RuntimePlaces(scanningFileAt: config ?? Configuration.defaultPath, stateDirectory: stateDirectory)
            } catch {
                guard config == nil else { throw problem }
                places = RuntimePlaces(scanning: "", stateDirectory: stateDirectory)
            }
        }
    }

    /// The configuration. Throws ``ConfigurationError`` where it could not be loaded.
    var installation: Installation { get throws { try loaded.get() } }

    /// The time of day.
    var now: Date { Installation.hostClocks.wall.now }

    /// Where the daemon listens.
    var socket: FilePath { places.controlSocket }

    /// The daemon.
    var client: ControlClient { ControlClient(socket: socket) }

    // MARK: - Asking

    /// Asks the daemon; where there is none, calls `alone`. A daemon that may not be asked is an error: what the journal says would be half
    /// the truth. Without a configuration there is nothing but the daemon.
    func ask<Value: Sendable>(
        _ daemon: @Sendable (ControlClient) async throws -> Value, alone: @Sendable () async throws -> Value
    ) async throws -> Value {
        let value: Value
        do {
            value = try await daemon(client)
        } catch let error as ControlError {
            switch error.code {
            case .noDaemon:
                try requireConfiguration(or: silentDaemon?.description)
                return try await alone()
            case .denied: try requireConfiguration(or: error.description)
            case .lost, .garbled, .refused: tellOfConfiguration()
            }
            throw error
        }
        tellOfConfiguration()
        return value
    }

    /// Asks the daemon; where there is none, says so and reads the journal.
    func ask<Value: Sendable>(
        _ daemon: @Sendable (ControlClient) async throws -> Value,
        journal read: @escaping @Sendable (StatusBuilder, EnginePicture) throws -> Value
    ) async throws -> Value {
        let console = Console.current
        return try await ask(daemon) {
            try await onBlockingThread {
                let installation = try installation
                let journal = try openJournal(installation, console)
                let picture = try picture(of: journal, installation)
                do {
                    return try read(StatusBuilder(installation: installation, journal: journal), picture)
                } catch let error as RunLookupError {
                    throw RequestError(error.code == .ambiguous ? .usage : .notFound, error.problem, remedy: error.remedy)
                }
            }
        }
    }

    /// A daemon that lives and did not answer; blocks on its lock's file.
    var silentDaemon: SilentDaemon? {
        SilentDaemon.holding(places.daemonLock, socket: socket)
    }

    private func tellOfConfiguration() {
        guard case .failure(let error) = loaded else { return }
        Console.current.say("opsd: \(Self.fileName(error)) has a problem, the daemon goes on with the old one: \(error)")
    }

    private static func fileName(_ error: ConfigurationError) -> String {
        error.problems.first.flatMap { FilePath($0.file).lastComponent?.string } ?? "the configuration"
    }

    /// Throws what is wrong with the configuration, after `more`.
    private func requireConfiguration(or more: String?) throws {
        guard case .failure(let error) = loaded else { return }
        if let more { Console.current.say("opsd: \(more)") }
        throw error
    }

    // MARK: - The journal

    private func openJournal(_ installation: Installation, _ console: Console) throws -> any RunJournal {
        do {
            let journal = try SQLiteJournal(reading: installation.journalPath)
            if let silentDaemon {
                console.say("opsd: \(silentDaemon.problem), so this is from the journal. Hint: \(silentDaemon.remedy)")
            } else {
                console.say("opsd: no daemon answers at \(socket), so this is from the journal")
            }
            return journal
        } catch let error as JournalError {
            guard error.code == .absent else { throw error }
            console.say(
                "opsd: \(silentDaemon?.description ?? "opsd has not run here yet: there is no journal at \(installation.journalPath)")")
            return UnwrittenJournal()
        }
    }

    /// Writes `entries` where no daemon runs. One that starts at the same moment reads either all of them or is found by its lock.
    func commit(_ entries: [JournalEntry]) async throws {
        let installation = try installation
        let path = installation.daemonLockPath
        try await onBlockingThread {
            if let silentDaemon { throw silentDaemon.request }
            do {
                try Folder.make(path.removingLastComponent())
                let lock = try ProcessLock(path, holder: "a command without a daemon")
                defer { withExtendedLifetime(lock) {} }
                try SQLiteJournal(at: installation.journalPath).commit(entries)
            } catch let error as LocalIOError {
                guard error.code == .busy else { throw error }
                let holder = ProcessLock.holder(of: path) ?? "another process"
                throw RequestError(
                    .outOfReach, "\(holder) uses the journal, and does not answer at \(socket)",
                    remedy: "a daemon that starts or stops answers in a moment: try again")
            }
        }
    }

    /// A job as it stands in the journal.
    func journaled(_ name: String) async throws -> JobDocument {
        let installation = try installation
        return try await onBlockingThread {
            let journal = try SQLiteJournal(reading: installation.journalPath)
            let picture = try picture(of: journal, installation)
            guard let job = try StatusBuilder(installation: installation, journal: journal).job(name, picture: picture) else {
                throw installation.unknownJob(name)
            }
            return job
        }
    }

    private func picture(of journal: any RunJournal, _ installation: Installation) throws -> EnginePicture {
        try EnginePicture.offline(
            definitions: installation.jobDefinitions, journal: journal, stateDirectory: installation.configuration.stateDirectory,
            now: installation.now)
    }

    /// The job that the configuration has under this name. Throws ``RequestError``, and ``ConfigurationError``.
    func job(_ name: String) throws -> JobDefinition {
        let installation = try installation
        guard let job = installation.jobDefinitions.first(where: { $0.name == name }) else { throw installation.unknownJob(name) }
        return job
    }
}

extension SilentDaemon {
    /// For a command that can do nothing beside it.
    var request: RequestError { RequestError(.outOfReach, problem, remedy: remedy) }
}
