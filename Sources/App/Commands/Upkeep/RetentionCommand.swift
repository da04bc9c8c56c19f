import ArgumentParser
import Assembly
import Foundation
import JobEngine
import Upkeep

/// `opsd retention ...`: what the rules remove.
struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "See what the retention rules would remove, hold images, and carry a plan out.",
        subcommands: [
            RetentionPlanCommand.self, RetentionApplyCommand.self, RetentionHoldCommand.self, RetentionHoldsCommand.self,
            RetentionReleaseCommand.self,
        ])
}

/// `opsd retention plan`.
struct RetentionPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Judge every artifact by the rules, store the plan, and say what would go and why.",
        discussion: """
            Reads Harbor's database and the lists of pins; changes nothing in Harbor. The plan is stored under its hash: the same registry and the same
            rules give the same hash. Ends with 0 also where a guard would refuse to carry the plan out.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The job, where the configuration has several.", valueName: "name"))
    var job: String?

    @Option(help: ArgumentHelp("List each artifact of this repository with its reason.", valueName: "name"))
    var repository: String?

    @Flag(help: "List every repository, also those that lose nothing.")
    var all = false

    @Flag(help: "Print the plan as JSON, with every repository.")
    var json = false

    func validate() throws {
        if all, repository != nil { throw ValidationError("--all lists repositories and --repository one of them: take one") }
    }

    func run() async throws {
        let installation = try global.installation()
        let section = try installation.job(.retention, named: job)
        let plan = try await installation.planRetention(section, progress: ConsoleProgress())
        let listing = try PlanListing(plan, repository: repository)
        if json { return try JSONOutput.print(RetentionPlanDocument(listing, job: section.name)) }
        Console.current.write(RetentionPlanText(listing, job: section, listsAll: all, now: installation.now).text)
    }
}

/// `opsd retention apply HASH`.
struct RetentionApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Carry a plan out. Says what the guards say; --execute does it.",
        discussion: """
            Without --execute nothing changes, and it ends with 3 where a guard says no. With it the plan is approved in your name and the job is run,
            by the daemon where one runs. An approval counts once and for 24 hours: where the run cannot begin now, the job's next run carries the plan
            out.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The plan's hash, as 'opsd retention plan' printed it.")
    var hash: String

    @Option(help: ArgumentHelp("The job, where the configuration has several.", valueName: "name"))
    var job: String?

    @Flag(help: "Do it; without this nothing happens.")
    var execute = false

    @OptionGroup var watching: JobRunOptions

    func validate() throws {
        guard (8...64).contains(hash.count), hash.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw ValidationError("'\(hash)' is no hash of a plan: give 8 to 64 hexadecimal digits, as 'opsd retention plan' printed them")
        }
        if !execute, watching.noWait || watching.attach { throw ValidationError("--no-wait and --attach need --execute") }
    }

    func run() async throws {
        let desk = try global.desk()
        let installation = try desk.installation
        let section = try installation.job(.retention, named: job)
        guard execute else { return try show(try await installation.outlook(hash, section, progress: ConsoleProgress())) }
        let approval = try await installation.approvePlan(hash, section)
        Console.current.say("plan \(approval.plan.prefix(PlanArchive.shortLength)) approved until \(HumanText.time(approval.until))")
        try await JobRun(job: section.name, options: watching, desk: desk).run()
    }

    private func show(_ outlook: PlanOutlook) throws {
        if watching.json {
            try JSONOutput.print(PlanOutlookDocument(outlook))
        } else {
            let totals = outlook.plan.totals
            Console.current.write(
                """
                plan \(outlook.plan.shortHash), by the database of \(HumanText.time(outlook.plan.header.snapshot))
                  \(RetentionPlanText.extent(totals)) would go; a garbage collection then frees \(HumanText.size(totals.freedBytes))

                """)
            for refusal in outlook.refusals { Console.current.line("REFUSED \(refusal.word): \(refusal)") }
            Console.current.line(
                outlook.refusals.isEmpty ? "no guard says no; nothing was done, add --execute to do it" : "nothing was done")
        }
        if !outlook.refusals.isEmpty { throw ExitStatus(3) }
    }
}
