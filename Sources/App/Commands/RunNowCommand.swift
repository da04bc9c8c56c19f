import ArgumentParser

/// `opsd run-now JOB`: runs a job of the configuration now, with progress; its exit status is the run's outcome.
struct RunNowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-now", abstract: "Run a job of the configuration now.",
        discussion: """
            The daemon runs the job, and this command shows how it gets on and exits as the run ends. Ctrl-C stops the showing and exits with 1; the
            run goes on. Where no daemon runs, this process runs the job on the same journal and under the same locks; there Ctrl-C ends the run.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The job, such as backup.")
    var job: String

    @OptionGroup var watching: JobRunOptions

    func run() async throws {
        try await JobRun(job: job, options: watching, desk: try global.desk()).run()
    }
}
