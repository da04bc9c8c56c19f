import ArgumentParser
import Assembly
import CronSchedule
import Foundation
import JobEngine

/// `opsd schedule ...`: when jobs run.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "See when jobs will run.", subcommands: [SchedulePreviewCommand.self])
}

/// `opsd schedule preview`.
struct SchedulePreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "List the next times of an expression, or of all jobs on one time line.",
        discussion: """
            With --cron no configuration is read. Without it, all jobs that have a schedule are shown together; --harbor-cron adds a schedule of
            Harbor's own, which has six fields, the seconds first, and is meant in UTC. Jitter, pauses and waiting for other jobs are left out.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("A cron expression as the configuration has them.", valueName: "expression"))
    var cron: String?

    @Option(help: ArgumentHelp("The time zone: of --cron, or to show local times in. (default: UTC, or each job's own)", valueName: "zone"))
    var timezone: String?

    @Option(help: ArgumentHelp("A cron expression as Harbor has them.", valueName: "expression"))
    var harborCron: String?

    @Option(help: ArgumentHelp("List what comes after this time in RFC 3339. (default: now)", valueName: "time"))
    var after: String?

    @Option(help: ArgumentHelp("How many times, up to 10000.", valueName: "number"))
    var count = 10

    @Flag(help: "Print the list as JSON.")
    var json = false

    func validate() throws {
        guard (1...10_000).contains(count) else { throw ValidationError("--count takes a number from 1 to 10000") }
        if let after, MomentText.time(after) == nil {
            throw ValidationError("--after takes a time with its offset, such as 2027-01-31T12:00:00Z or 2027-01-31T12:00:00+01:00")
        }
    }

    func run() throws {
        let zone = try timezone.map { try ArgumentText.timezone($0) }
        let harbor = try harborCron.map { try HarborCronExpression(argument: $0) }
        if let cron, harbor == nil {
            return try show(try CronExpression(argument: cron), zone ?? .gmt)
        }
        var tracks: [ScheduleTimeline.Track] = []
        let start: Date
        if let cron {
            let schedule = JobDefinition.Schedule(try CronExpression(argument: cron), in: zone ?? .gmt)
            tracks.append(ScheduleTimeline.Track("cron", "cron", schedule.timezone) { schedule.next(after: $0) })
            start = self.start(Installation.hostClocks.wall.now)
        } else {
            let installation = try global.installation()
            for job in installation.jobDefinitions {
                guard let schedule = job.schedule else { continue }
                tracks.append(
                    ScheduleTimeline.Track(job.name, job.activity.kind.rawValue, zone ?? schedule.timezone) { schedule.next(after: $0) })
            }
            start = self.start(installation.now)
        }
        if let harbor { tracks.append(ScheduleTimeline.Track("harbor", "harbor", zone ?? .gmt) { harbor.next(after: $0) }) }
        try show(ScheduleTimeline(tracks, after: start, count: count))
    }

    private func start(_ now: Date) -> Date { after.flatMap(MomentText.time) ?? now }

    private func show(_ expression: CronExpression, _ zone: TimeZone) throws {
        let times = expression.times(after: start(Installation.hostClocks.wall.now), in: zone, count: count)
        tellOfEnd(times)
        if json { return try JSONOutput.print(ScheduleTimeline.Times(runs: times)) }
        var table = Table("LOCAL TIME", "UTC")
        for time in times { table.add(LocalTime(time, in: zone).description, HumanText.time(time)) }
        Console.current.write(table.text)
    }

    /// A schedule whose dates run out is seldom meant so.
    private func tellOfEnd(_ times: [Date]) {
        guard times.count < count else { return }
        Console.current.say("opsd: no further time\(times.last.map { " after \(HumanText.time($0))" } ?? "")")
    }

    private func show(_ timeline: ScheduleTimeline) throws {
        if timeline.hasTracks { tellOfEnd(timeline.runs) }
        if json { return try JSONOutput.print(timeline) }
        if !timeline.hasTracks { return Console.current.say("opsd: nothing is scheduled") }
        var table = Table("UTC", "LOCAL TIME", "JOB", "KIND")
        for entry in timeline.timeline { table.add(HumanText.time(entry.time), entry.local.description, entry.job, entry.kind) }
        Console.current.write(table.text)
    }
}
