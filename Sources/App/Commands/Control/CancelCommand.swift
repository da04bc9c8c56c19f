import ArgumentParser
import Assembly
import ControlProtocol

/// `opsd cancel RUN`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "End a run that waits or runs.",
        discussion: "Returns as soon as the daemon has told the run, which ends within seconds. What it stored is used by the next run.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The run's id, or the beginning of it.", valueName: "run"))
    var id: String

    @Flag(help: "Print the run's id as JSON.")
    var json = false

    func run() async throws {
        let desk = ControlDesk(try global.installation())
        let run = try await desk.ask {
            try await $0.cancel(id)
        } alone: {
            throw RequestError(
                .outOfReach, "no daemon answers at \(desk.installation.configuration.controlSocket), so it has no runs to cancel",
                remedy: "a run that 'opsd run-now' does without a daemon ends with Ctrl-C where it was started")
        }
        if json { return try JSONOutput.print(StartedDocument(run: run)) }
        Console.current.line("run \(run) is told to end. See it with 'opsd run show \(run)'")
    }
}
