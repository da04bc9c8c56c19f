package import ArgumentParser
import Assembly
import Foundation
import LocalIO
import SystemPackage

/// `opsd`: backs up a Harbor registry, proves it, and brings it back.
package struct OpsdCommand: AsyncParsableCommand {
    /// Name, help text and subcommands of the program.
    package static let configuration = CommandConfiguration(
        commandName: "opsd",
        abstract: "Backs up a Harbor registry, proves that database and blobs belong together, and brings it back.",
        discussion: """
            EXIT STATUS
              0   done
              1   failed, interrupted or cancelled
              2   partial: something listed was not saved or not found sound
              3   refused by a guard; nothing was changed
              64  usage
              69  Harbor, database, target or daemon out of reach
              75  the same job is running already
              78  configuration
            """,
        version: Installation.version,
        subcommands: [
            ServeCommand.self, RunNowCommand.self, StatusCommand.self, JobsCommand.self, RunsCommand.self, RunCommand.self,
            CancelCommand.self,
            PauseCommand.self, ResumeCommand.self, ScheduleCommand.self, CheckConfigCommand.self, VaultCommand.self, SnapshotsCommand.self,
            SnapshotCommand.self, LsCommand.self, FindCommand.self, DiffCommand.self, RestoreCommand.self, AcknowledgeCommand.self,
            RetentionCommand.self, CollectionCommand.self, PinsCommand.self, KeysCommand.self,
        ])

    /// A command whose arguments are still to be parsed.
    package init() {}

    /// Keeps what the unit grants opsd from every program that opsd starts. Called before there is a second thread; a kernel that knows no
    /// such rights has none to pass on.
    package static func dropInheritedRights() {
        try? AmbientCapabilities.drop()  // see above
    }

    /// Parses `arguments`, runs the command, says what went wrong, and returns the exit status.
    package static func execute(_ arguments: [String]) async -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch let status as ExitStatus {
            return status.code
        } catch {
            let code = exitCode(for: error)
            if code == .success {
                Console.current.write(fullMessage(for: error) + "\n")
                return 0
            }
            if code == .validationFailure {
                Console.current.say(fullMessage(for: error))
                return 64
            }
            Console.current.say("opsd: \(error)")
            return ExitStatus(after: error).code
        }
    }
}

/// The words that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(name: .customLong("config"), help: ArgumentHelp("The configuration (default: /etc/opsd/opsd.yaml).", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("state-directory"),
        help: ArgumentHelp("Where opsd keeps its state, instead of the configured place.", valueName: "directory"))
    var stateDirectory: String?

    /// Reads the configuration.
    func installation() throws -> Installation {
        try Installation.load(
            config.map { .init($0) }, stateDirectory: stateDirectory.map { .init($0) }, environment: ProcessInfo.processInfo.environment)
    }

    /// Reads the configuration, for a command that can do with the daemon alone: a file with a problem is no error yet.
    func desk() throws -> ControlDesk {
        try ControlDesk(
            config: config.map { .init($0) }, stateDirectory: stateDirectory.map { .init($0) },
            environment: ProcessInfo.processInfo.environment)
    }
}

/// The words of commands that read a vault.
struct VaultOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The vault, where the configuration has several.", valueName: "name"))
    var vault: String?

    @Option(help: ArgumentHelp("An age identity that decrypts; may be given several times.", valueName: "file"))
    var identity: [String] = []
}
