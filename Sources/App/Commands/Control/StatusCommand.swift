import ArgumentParser
import Assembly
import ControlProtocol
import Daemon

/// `opsd status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how far back a restore would go, and what needs attention.",
        discussion: "Asks the daemon; where none runs, the journal says what it knows.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let desk = ControlDesk(try global.installation())
        let now = desk.installation.now
        let document = try await desk.ask {
            try await $0.status()
        } journal: { builder, picture in
            try builder.status(picture: picture, daemon: nil, now: now)
        }
        if json { return try JSONOutput.print(document) }
        Console.current.write(StatusText(document).text)
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
        let desk = ControlDesk(try global.installation())
        let now = desk.installation.now
        let document = try await desk.ask {
            try await $0.jobs()
        } journal: {
            try $0.jobs(picture: $1, now: now)
        }
        if json { return try JSONOutput.print(document) }
        Console.current.write(JobsText.text(document.jobs))
    }
}
