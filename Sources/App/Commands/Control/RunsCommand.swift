import ArgumentParser
import ControlProtocol
import Daemon
import Foundation

/// `opsd runs [JOB]`.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the runs of a job, or of all, the newest first.",
        discussion: "Asks the daemon; where none runs, the journal says what it knows.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The job, such as backup; without it, all jobs.")
    var job: String?

    @Option(help: ArgumentHelp("How many at most, up to \(ControlAPI.listLimit).", valueName: "number"))
    var limit = 20

    @Flag(help: "Print the list as JSON.")
    var json = false

    func validate() throws {
        guard (1...ControlAPI.listLimit).contains(limit) else {
            throw ValidationError("--limit takes a number from 1 to \(ControlAPI.listLimit)")
        }
    }

    func run() async throws {
        let desk = try global.desk()
        let document = try await desk.ask {
            try await $0.runs(of: job, limit: limit)
        } journal: { [job, limit] builder, picture in
            let found = try builder.runs(of: job, limit: limit, picture: picture)
            // A job that was taken out of the configuration still has its history.
            if let job, found.runs.isEmpty { _ = try desk.job(job) }
            return found
        }
        if json { return try JSONOutput.print(document) }
        Console.current.write(RunsText.list(document.runs))
    }
}

/// `opsd run ...`: one run.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Look at one run.", subcommands: [RunShowCommand.self])
}

/// `opsd run show ID`.
struct RunShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show everything that is known of a run: phases, numbers, findings and its log.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The run's id, or the beginning of it.")
    var id: String

    @Flag(help: "Print it as JSON.")
    var json = false

    func validate() throws { try RunArgument.check(id) }

    func run() async throws {
        let desk = try global.desk()
        let document = try await desk.ask {
            try await $0.run(id)
        } journal: { [id] in
            try $0.run(id, picture: $1)
        }
        if json { return try JSONOutput.print(document) }
        Console.current.write(RunsText.whole(document))
    }
}
