import Foundation
import JobEngine
import Testing

@Suite("Who goes first")
struct BoardOrderTests {
    @Test("a job waits for the one it comes after, where both are due at once")
    func afterAtOnce() throws {
        var script = BoardScript([
            try toyJob("second", cron: "0 4 * * *", after: ["first"]), try toyJob("first", cron: "0 4 * * *"),
        ])
        #expect(
            script.at("04:00") == [
                "admit r1 second by schedule for 04:00", "admit r2 first by schedule for 04:00", "start r2 first",
            ])
        #expect(script.reasons == ["waits for job 'first', which goes first"])
        #expect(script.end(2, at: "04:20") == ["end r2 succeeded", "start r1 second"])
    }

    @Test("also where jitter delays the one it comes after")
    func afterWithJitter() throws {
        let offset = HostJitter.offset(host: "host", job: "first", limit: .seconds(3600))
        try #require(offset > .seconds(60) && offset < .seconds(3600))
        var script = BoardScript([
            try toyJob("second", cron: "0 4 * * *", after: ["first"]), try toyJob("first", cron: "0 4 * * *", jitter: .seconds(3600)),
        ])
        #expect(script.at("04:00") == ["admit r1 second by schedule for 04:00"])
        #expect(script.at(BoardScript.clock("04:00", plus: offset)) == ["admit r2 first by schedule for 04:00", "start r2 first"])
        #expect(script.end(2, .failed, at: "05:20") == ["end r2 failed", "start r1 second"])
    }

    @Test("a pause of the one it comes after does not hold it up")
    func afterPaused() throws {
        var script = BoardScript([
            try toyJob("second", cron: "0 4 * * *", after: ["first"]), try toyJob("first", cron: "0 4 * * *", jitter: .seconds(3600)),
        ])
        _ = script.pause("first", until: "2 00:00", at: "01:00")
        #expect(script.at("04:00") == ["admit r1 second by schedule for 04:00", "start r1 second"])
    }

    @Test("a pending retry goes first, too")
    func afterRetry() throws {
        var script = BoardScript([
            try toyJob("first", cron: "0 4 * * *", retries: .init(count: 1, backoff: .seconds(600))),
            try toyJob("second", cron: "5 4 * * *", after: ["first"]),
        ])
        _ = script.at("04:00")
        #expect(script.end(1, .failed, at: "04:01") == ["end r1 failed", "admit r2 first by retry for 04:00", "retry r1 as r2 in 600 s"])
        #expect(script.at("04:05") == ["admit r3 second by schedule for 04:05"])
        #expect(script.at("04:11") == ["start r2 first"])
        #expect(script.end(2, at: "04:12") == ["end r2 succeeded", "start r3 second"])
    }

    @Test("a run by hand waits for nobody that goes first")
    func byHand() throws {
        var script = BoardScript([try toyJob("first"), try toyJob("second", after: ["first"])])
        _ = script.request("first", at: "01:00")
        #expect(script.request("second", at: "01:01") == ["admit r2 second by manual", "answer: admitted r2", "start r2 second"])
    }

    @Test("jobs that exclude each other wait for each other, the others do not")
    func conflicts() throws {
        var script = BoardScript([
            try toyJob("backup", .backup, vault: "main"), try toyJob("gc", .gc, vault: "main"), try toyJob("audit", .audit, vault: "main"),
        ])
        _ = script.request("backup", at: "01:00")
        #expect(script.request("gc", at: "01:01") == ["admit r2 gc by manual", "answer: admitted r2"])
        #expect(script.reasons == ["waits for run \(NumberedIDs.run(1)) of job 'backup'"])
        #expect(script.request("audit", at: "01:02") == ["admit r3 audit by manual", "answer: admitted r3", "start r3 audit"])
        #expect(script.end(1, at: "02:00") == ["end r1 succeeded", "start r2 gc"])
    }

    @Test("backups that follow each other do not starve a collection")
    func fairness() throws {
        var script = BoardScript([
            try toyJob("one", .backup, vault: "a"), try toyJob("two", .backup, vault: "b"), try toyJob("gc", .gc),
        ])
        _ = script.request("one", at: "01:00")
        _ = script.request("gc", at: "01:01")
        #expect(script.request("two", at: "01:02") == ["admit r3 two by manual", "answer: admitted r3"])
        #expect(script.reasons.last == "waits for its turn")
        #expect(script.end(1, at: "01:03") == ["end r1 succeeded", "start r2 gc"])
        #expect(script.request("one", at: "01:04") == ["admit r4 one by manual", "answer: admitted r4"])
        #expect(script.end(2, at: "01:05") == ["end r2 succeeded", "start r3 two", "start r4 one"])
    }

    @Test("a run that waits for its order keeps no place, so order and conflicts lock nobody out")
    func noDeadlock() throws {
        // The collection comes after the backup and excludes it: it is admitted first, and must not keep the backup from starting.
        var script = BoardScript([
            try toyJob("gc", .gc, cron: "0 4 * * *", after: ["backup"]), try toyJob("prune", .prune, vault: "main", cron: "0 4 * * *"),
            try toyJob("backup", .backup, vault: "main", cron: "0 4 * * *"),
        ])
        #expect(script.at("04:00").filter { $0.hasPrefix("start") } == ["start r2 prune"])
        #expect(script.end(2, at: "04:10") == ["end r2 succeeded", "start r3 backup"])
        #expect(script.end(3, at: "04:20") == ["end r3 succeeded", "start r1 gc"])
    }

    @Test("a pending retry keeps no place")
    func retryKeepsNoPlace() throws {
        var script = BoardScript([
            try toyJob("gc", .gc, cron: "0 4 * * *", retries: .init(count: 1, backoff: .seconds(600))), try toyJob("backup", .backup),
        ])
        _ = script.at("04:00")
        _ = script.end(1, .failed, at: "04:01")
        #expect(script.request("backup", at: "04:02").last == "start r3 backup")
        #expect(script.at("04:11") == [])
        #expect(script.end(3, at: "04:20") == ["end r3 succeeded", "start r2 gc"])
    }

    @Test("a new configuration that turns the order round leaves no two runs waiting for each other")
    func orderTurned() throws {
        let first = try toyJob("first", .prune, vault: "main", cron: "0 4 * * *", after: ["second"])
        var script = BoardScript([first, try toyJob("second", .prune, vault: "main"), try toyJob("drill", .audit, vault: "main")])
        _ = script.request("drill", at: "03:00")
        _ = script.request("second", at: "03:59")
        #expect(script.at("04:00") == ["admit r3 first by schedule for 04:00"])
        _ = script.at(
            "04:01",
            .configured([
                try toyJob("first", .prune, vault: "main", cron: "0 4 * * *"),
                try toyJob("second", .prune, vault: "main", after: ["first"]), try toyJob("drill", .audit, vault: "main"),
            ]))
        #expect(script.end(1, at: "04:02") == ["end r1 succeeded", "start r2 second"])
        #expect(script.end(2, at: "04:03") == ["end r2 succeeded", "start r3 first"])
    }

    @Test("the order that holds is the one that is configured now")
    func orderOfNow() throws {
        let blocker = try toyJob("blocker", .audit, vault: "main")
        let prune = { (name: String, after: [String]) in try toyJob(name, .prune, vault: "main", cron: "0 4 * * *", after: after) }
        var script = BoardScript([try prune("one", ["two"]), try prune("two", []), blocker])
        _ = script.request("blocker", at: "03:00")
        _ = script.at("04:00")
        _ = script.at("04:01", .configured([try prune("one", []), try prune("two", ["one"]), blocker]))
        #expect(script.end(1, at: "04:02") == ["end r1 succeeded", "start r2 one"])
        #expect(script.end(2, at: "04:03") == ["end r2 succeeded", "start r3 two"])
    }
}
