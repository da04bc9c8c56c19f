import ArgumentParser
import Assembly
import JobEngine

/// `opsd gc ...`: Harbor's garbage collection.
struct CollectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "See what Harbor's garbage collection would delete, and run it.",
        subcommands: [CollectionPlanCommand.self, CollectionRunCommand.self])
}

/// `opsd gc plan`.
struct CollectionPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "List what a collection would delete now, and what speaks against it.",
        discussion: """
            Reads Harbor's database, the lists of pins and the vault; asks Harbor for the pinned images; changes nothing. A run makes the plan anew and
            is refused where this one says so. Ends with 0 also where a run would be refused.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The job, where the configuration has several.", valueName: "name"))
    var job: String?

    @Flag(help: "Print the plan as JSON, with every content that would go.")
    var json = false

    func run() async throws {
        let installation = try global.installation()
        let section = try installation.job(.gc, named: job)
        let plan = try await installation.planCollection(section, progress: ConsoleProgress())
        if json { return try JSONOutput.print(CollectionPlanDocument(plan, job: section.name)) }
        Console.current.write(CollectionPlanText(plan, job: section).text)
    }
}

/// `opsd gc run`.
struct CollectionRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the configuration's garbage collection now, if nothing speaks against it.",
        discussion: "As 'opsd run-now' with the job of kind gc.")

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The job, where the configuration has several.", valueName: "name"))
    var job: String?

    @OptionGroup var watching: JobRunOptions

    func run() async throws {
        let desk = try global.desk()
        let section = try desk.installation.job(.gc, named: job)
        try await JobRun(job: section.name, options: watching, desk: desk).run()
    }
}
