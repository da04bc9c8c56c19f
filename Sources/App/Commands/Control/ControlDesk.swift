import Assembly
import ControlProtocol
import Daemon
import Foundation
import JobEngine
import LocalIO
import SystemPackage

/// Where a command asks: the daemon, and where none runs, the journal that it would have asked.
struct ControlDesk: Sendable {
    let installation: Installation

    init(_ installation: Installation) { self.installation = installation }

    /// The daemon.
    var client: ControlClient { ControlClient(socket: installation.configuration.controlSocket) }

    /// Asks the daemon; where there is none, says so and calls `alone`. A daemon that may not be asked is an error: what the journal says
    /// would be half the truth.
    func ask<Value: Sendable>(
        _ daemon: @Sendable (ControlClient) async throws -> Value, alone: @Sendable () async throws -> Value
    ) async throws -> Value {
        do {
            return try await daemon(client)
        } catch let error as ControlError {
            guard error.code == .noDaemon else { throw error }
            return try await alone()
        }
    }

    /// Asks the daemon; where there is none, says so and reads the journal.
    func ask<Value: Sendable>(
        _ daemon: @Sendable (ControlClient) async throws -> Value,
        journal read: @escaping @Sendable (StatusBuilder, EnginePicture) throws -> Value
    ) async throws -> Value {
        let console = Console.current
        return try await ask(daemon) {
            try await onBlockingThread {
                let journal = try openJournal(console)
                let picture = try picture(of: journal)
                do {
                    return try read(StatusBuilder(installation: installation, journal: journal), picture)
                } catch let error as RunLookupError {
                    throw RequestError(error.code == .ambiguous ? .usage : .notFound, error.problem, remedy: error.remedy)
                }
            }
        }
    }

    private func openJournal(_ console: Console) throws -> any RunJournal {
        do {
            let journal = try SQLiteJournal(reading: installation.journalPath)
            console.say("opsd: no daemon answers at \(installation.configuration.controlSocket), so this is from the journal")
            return journal
        } catch let error as JournalError {
            guard error.code == .absent else { throw error }
            console.say("opsd: opsd has not run here yet: there is no journal at \(installation.journalPath)")
            return UnwrittenJournal()
        }
    }

    /// Writes `entry` where no daemon runs. One that starts at the same moment reads either all of it or is found by its lock.
    func commit(_ entry: JournalEntry) async throws {
        let path = installation.daemonLockPath
        try await onBlockingThread {
            do {
                try Folder.make(path.removingLastComponent())
                let lock = try ProcessLock(path, holder: "a command without a daemon")
                defer { withExtendedLifetime(lock) {} }
                try SQLiteJournal(at: installation.journalPath).commit([entry])
            } catch let error as LocalIOError {
                guard error.code == .busy else { throw error }
                let holder = ProcessLock.holder(of: path) ?? "another process"
                throw RequestError(
                    .outOfReach, "\(holder) uses the journal, and does not answer at \(installation.configuration.controlSocket)",
                    remedy: "a daemon that starts or stops answers in a moment: try again")
            }
        }
    }

    /// A job as it stands after a ``commit(_:)``.
    func journaled(_ name: String) async throws -> JobDocument {
        try await onBlockingThread {
            let journal = try SQLiteJournal(reading: installation.journalPath)
            let picture = try picture(of: journal)
            guard let job = try StatusBuilder(installation: installation, journal: journal).job(name, picture: picture) else {
                throw installation.unknownJob(name)
            }
            return job
        }
    }

    private func picture(of journal: any RunJournal) throws -> EnginePicture {
        try EnginePicture.offline(
            definitions: installation.jobDefinitions, journal: journal, stateDirectory: installation.configuration.stateDirectory,
            now: installation.now)
    }

    /// The job that the configuration has under this name. Throws ``RequestError``.
    func job(_ name: String) throws -> JobDefinition {
        guard let job = installation.jobDefinitions.first(where: { $0.name == name }) else { throw installation.unknownJob(name) }
        return job
    }
}
