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

    func validate() throws { try RunArgument.check(id) }

    func run() async throws {
        let desk = try global.desk()
        let run = try await desk.ask {
            try await cancel($0)
        } alone: {
            if let silent = desk.silentDaemon { throw silent.request }
            throw RequestError(
                .outOfReach, "no daemon answers at \(desk.socket), so it has no runs to cancel",
                remedy: "a run that 'opsd run-now' does without a daemon ends with Ctrl-C where it was started")
        }
        if json { return try JSONOutput.print(StartedDocument(run: run)) }
        Console.current.line("run \(run) is told to end. See it with 'opsd run show \(run)'")
    }

    /// Looks first: of a run that is over, its outcome is the answer.
    private func cancel(_ client: ControlClient) async throws -> String {
        let run = try await client.run(id).run
        try refuse(ended: run)
        do {
            return try await client.cancel(run.id)
        } catch let error as ControlError where error.reason == "not_under_way" {
            // It may have ended meanwhile.
            try refuse(ended: try await client.run(run.id).run)
            throw error
        }
    }

    private func refuse(ended run: RunSummary) throws {
        guard run.state == "ended" else { return }
        let end = run.finished.map { " at \(HumanText.time($0))" } ?? ""
        throw ControlError(
            .refused, "run \(run.id) of job '\(run.job)' has ended: \(run.outcome ?? "unknown")\(end)", remedy: "opsd run show \(run.id)",
            exitCode: 1, reason: "not_under_way")
    }
}
