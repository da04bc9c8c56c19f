import CronSchedule
import Foundation
import JobEngine
import Testing

@Suite("Ten years of a host")
struct TenYearsTests {
    static let days = 3652.0

    /// Twelve jobs of every kind; four of them at fixed times in hours that clocks skip and repeat.
    static func jobs() throws -> [JobDefinition] {
        let retries = JobDefinition.Retries(count: 2, backoff: .seconds(300))
        let (hour, day) = (Duration.seconds(3600), Duration.seconds(86_400))
        return [
            try toyJob("full", .backup, vault: "main", cron: "30 2 * * *", zone: "Europe/Berlin", retries: retries, catchUp: hour * 12),
            try toyJob(
                "database", .backup, vault: "main", databaseOnly: true, cron: "10 */12 * * *", retries: retries, jitter: .seconds(300),
                catchUp: hour),
            try toyJob("second", .backup, vault: "copy", cron: "15 2 * * *", zone: "America/New_York", overlap: .queue),
            try toyJob("gc", .gc, cron: "0 5 * * 6", zone: "Europe/Berlin", catchUp: day * 2, after: ["full", "retention"]),
            try toyJob("retention", .retention, cron: "0 5 * * 6", zone: "Europe/Berlin", retries: retries, jitter: .seconds(900)),
            try toyJob("verify", .verify, vault: "main", cron: "45 1 * * *", zone: "Australia/Lord_Howe", overlap: .queue),
            try toyJob("prune", .prune, vault: "main", cron: "0 6 * * 0", catchUp: day, after: ["full"]),
            try toyJob("drill", .restoreDrill, vault: "main", cron: "0 3 1 * *", zone: "Europe/London", catchUp: day * 3),
            try toyJob("rescan", .rescan, cron: "30 2 * * 1-5", zone: "Europe/Berlin", catchUp: hour, overlap: .queue),
            try toyJob("audit", .audit, vault: "main", cron: "0 12 L * *", zone: "Asia/Kolkata", jitter: .seconds(3600)),
            try toyJob("leap", .audit, vault: "copy", cron: "0 0 29 2 *", catchUp: day),
            try toyJob("by-hand", .verify, vault: "copy"),
        ]
    }

    /// The times of each job's schedule that came while the host lived.
    static func expected(_ host: SimulatedHost) -> [String: [Date]] {
        var times: [String: [Date]] = [:]
        for job in host.definitions {
            guard let schedule = job.schedule else { continue }
            let offset = HostJitter.offset(host: "simulated", job: job.name, limit: job.jitter).seconds
            var next = schedule.expression.next(after: SimulatedHost.birth, in: schedule.timezone)
            times[job.name] = []
            while let time = next, time.addingTimeInterval(offset) <= host.now {
                times[job.name, default: []].append(time)
                next = schedule.expression.next(after: time, in: schedule.timezone)
            }
        }
        return times
    }

    @Test("without disturbance every scheduled time is run or skipped exactly once", arguments: [1])
    func calm(seed: UInt64) throws {
        var host = SimulatedHost(try Self.jobs(), seed: seed, Weather(failures: 5))
        host.live(days: Self.days)
        #expect(host.journal.violations == [], "seed \(seed)")
        #expect(host.journal.missed == [:], "seed \(seed)")
        #expect(host.restarts == 0)
        let times = Self.expected(host)
        for (job, times) in times {
            let answered = host.journal.answers.filter { $0.key.job == job }
            #expect(Set(answered.keys.map(\.time)) == Set(times), "\(job), seed \(seed)")
            #expect(answered.values.allSatisfy { $0 == 1 }, "\(job), seed \(seed)")
        }
        #expect(times["database"].map(\.count) ?? 0 > 7_300)
        #expect(times["leap"]?.count == 2)
        #expect(host.journal.counts["retry"] ?? 0 > 100)
        host.comeToRest()
        #expect(host.journal.unfinishedCount == 0)
        print("calm, seed \(seed): \(host.journal.runs) runs, \(host.journal.counts)")
    }

    @Test("a process that dies again and again answers or counts every scheduled time", arguments: [11, 12])
    func crashes(seed: UInt64) throws {
        var host = SimulatedHost(try Self.jobs(), seed: seed, Weather(crashes: 1000, failures: 5))
        host.live(days: Self.days)
        #expect(host.journal.violations == [], "seed \(seed)")
        for (job, times) in Self.expected(host) {
            let answered = host.journal.answers.keys.filter { $0.job == job }.map(\.time)
            #expect(Set(answered).isSubset(of: times), "\(job), seed \(seed)")
            #expect(answered.count + (host.journal.missed[job] ?? 0) == times.count, "\(job), seed \(seed)")
        }
        #expect(host.restarts > 200 && host.journal.counts["catch_up"] ?? 0 > 50)
        host.comeToRest()
        #expect(host.journal.violations == [] && host.journal.unfinishedCount == 0, "seed \(seed)")
        print("crashes, seed \(seed): \(host.journal.runs) runs, \(host.restarts) restarts, \(host.journal.counts)")
    }

    @Test("clocks that jump, pauses, new configurations, stops and deaths break no rule", arguments: [21, 22])
    func storm(seed: UInt64) throws {
        let weather = Weather(crashes: 500, jumps: true, pauses: true, reloads: true, stops: true, failures: 10)
        var host = SimulatedHost(try Self.jobs(), seed: seed, weather)
        host.live(days: Self.days)
        #expect(host.journal.violations == [], "seed \(seed)")
        #expect(host.restarts > 100 && host.journal.runs > 20_000)
        print("storm, seed \(seed): \(host.journal.runs) runs, \(host.restarts) restarts, \(host.journal.counts)")
    }

    @Test("a process that dies at any one step of two days breaks no rule and loses no time", arguments: [31, 32])
    func everyStep(seed: UInt64) throws {
        let jobs = try Self.jobs()
        var calm = SimulatedHost(jobs, seed: seed, Weather(failures: 20))
        calm.live(days: 2)
        try #require(calm.journal.commits > 20)
        for commit in 0..<calm.journal.commits {
            for isBefore in [true, false] {
                let text: Comment = "seed \(seed), dies \(isBefore ? "before" : "after") commit \(commit)"
                var host = SimulatedHost(jobs, seed: seed, Weather(crashAt: (commit, isBefore), failures: 20))
                host.live(days: 2)
                #expect(host.restarts == 1, text)
                #expect(host.journal.violations == [], text)
                for (job, times) in Self.expected(host) {
                    let answered = host.journal.answers.keys.filter { $0.job == job }.map(\.time)
                    #expect(Set(answered).isSubset(of: times), text)
                    #expect(answered.count + (host.journal.missed[job] ?? 0) == times.count, text)
                }
            }
        }
    }
}
