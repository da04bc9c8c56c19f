import ArgumentParser
import Assembly
import ControlProtocol
import Daemon

/// `opsd status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how far back a restore would go, and what needs attention.",
        discussion: "Asks the daemon, also where the configuration is broken by now; where none runs, the journal says what it knows.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let desk = try global.desk()
        let now = desk.now
        let (document, silent) = try await desk.ask {
            (try await $0.status(), nil)
        } journal: { builder, picture in
            let silent = desk.silentDaemon
            return (try builder.status(picture: picture, daemon: nil, silent: silent, now: now), silent)
        }
        if json { return try JSONOutput.print(document) }
        Console.current.write(StatusText(document, silent: silent).text)
    }
}

/// `opsd jobs`.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List the jobs: when they run next, and how they ended last.",
        discussion: "Asks the daemon; where none runs, the journal says what it knows, and nothing runs next.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() async throws {
        let desk = try global.desk()
        let now = desk.now
        let document = try await desk.ask {
            try await $0.jobs()
        } journal: {
            try $0.jobs(picture: $1, now: now)
        }
        if json { return try JSONOutput.print(document) }
        Console.current.write(JobsText.text(document.jobs))
    }
}
