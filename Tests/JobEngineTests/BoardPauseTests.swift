import Foundation
import JobEngine
import Testing

@Suite("Pauses")
struct BoardPauseTests {
    @Test("the schedule of a paused job is skipped with the reason, by hand it runs, and the pause ends by itself")
    func pause() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 * * * *")])
        #expect(script.pause("hourly", until: "02:30", at: "00:30") == ["pause hourly", "answer: done"])
        #expect(script.at("01:00") == ["skip r1 hourly of 01:00: paused"])
        #expect(script.record(1)?.failure == "the job is paused until 2026-01-01T02:30:00Z: repair")
        #expect(script.request("hourly", at: "01:30") == ["admit r2 hourly by manual", "answer: admitted r2", "start r2 hourly"])
        _ = script.end(2, at: "01:31")
        #expect(script.at("02:00") == ["skip r3 hourly of 02:00: paused"])
        #expect(script.board.rest(at: script.moment) == .seconds(1800))
        #expect(script.at("02:30") == ["resume hourly"])
        #expect(script.at("03:00") == ["admit r4 hourly by schedule for 03:00", "start r4 hourly"])
    }

    @Test("what the schedule has admitted and what waits to be tried again is skipped with the pause, a run by hand is not")
    func waiting() throws {
        let jobs = [
            try toyJob("gc", .gc, cron: "0 1 * * *", catchUp: .seconds(3600)), try toyJob("backup", .backup, vault: "a"),
            try toyJob("prune", .prune, vault: "a"),
            try toyJob("audit", cron: "0 0 2 * *", retries: .init(count: 1, backoff: .seconds(1800))),
        ]
        var script = BoardScript(jobs)
        _ = script.request("backup", at: "00:50")
        _ = script.request("prune", at: "00:51")
        _ = script.at("01:00")
        #expect(script.board.waiting.map(\.record.job) == ["prune", "gc"])
        let reason = "the job is paused until 2026-01-01T09:00:00Z: repair"
        #expect(script.pause("prune", until: "09:00", at: "01:01") == ["pause prune", "answer: done"])
        #expect(
            script.pause("gc", until: "09:00", at: "01:02") == ["pause gc", "end r3 skipped", "drop r3 gc: \(reason)", "answer: done"])
        #expect(script.record(3)?.failure == reason && script.record(3)?.exitCode == RunOutcome.skipped.exitCode)
        #expect(script.end(1, at: "01:03") == ["end r1 succeeded", "start r2 prune"])
        _ = script.at("2 00:00")
        #expect(script.end(4, .failed, at: "2 00:01").last == "retry r4 as r5 in 1800 s")
        #expect(script.pause("audit", until: "2 09:00", at: "2 00:02")[1] == "end r5 skipped")
        #expect(script.board.waiting.isEmpty)
    }

    @Test("a pause that ends with a scheduled time does not skip it")
    func endsOnTime() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 * * * *")])
        _ = script.pause("hourly", until: "01:00", at: "00:30")
        #expect(script.at("01:00") == ["resume hourly", "admit r1 hourly by schedule for 01:00", "start r1 hourly"])
    }

    @Test("a job is resumed before its pause ends")
    func resumed() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 * * * *")])
        _ = script.pause("hourly", until: "9 00:00", at: "00:30")
        #expect(script.at("00:40", .resumed(job: "hourly")) == ["resume hourly", "answer: done"])
        #expect(script.at("01:00").last == "start r1 hourly")
    }

    @Test("a failure of a paused job is not tried again")
    func noRetry() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 * * * *", retries: .init(count: 1))])
        _ = script.at("01:00")
        _ = script.pause("hourly", until: "2 00:00", at: "01:01")
        #expect(script.end(1, .failed, at: "01:02") == ["end r1 failed"])
    }
}

@Suite("Cancelling")
struct BoardCancelTests {
    @Test("a waiting run is dropped, and its place is free")
    func waiting() throws {
        var script = BoardScript([
            try toyJob("one", .backup, vault: "a"), try toyJob("gc", .gc), try toyJob("two", .backup, vault: "b"),
        ])
        _ = script.request("one", at: "01:00")
        _ = script.request("gc", at: "01:01")
        _ = script.request("two", at: "01:02")
        #expect(
            script.at("01:03", .cancelled(NumberedIDs.run(2), by: nil)) == [
                "end r2 interrupted", "drop r2 gc: cancelled by opsd", "answer: done", "start r3 two",
            ])
        #expect(script.record(2)?.started == nil)
    }

    @Test("a running run ends as interrupted, by name of who cancelled it")
    func running() throws {
        var script = BoardScript([try toyJob("nightly")])
        _ = script.request("nightly", at: "01:00")
        #expect(script.at("01:01", .cancelled(NumberedIDs.run(1), by: Requester(uid: 7, name: nil))) == ["cancel r1", "answer: done"])
        #expect(script.end(1, .interrupted, at: "01:02") == ["end r1 interrupted"])
        #expect(script.record(1)?.failure == "cancelled by uid 7")
    }

    @Test("a run that was done before the cancellation reached it did not end early")
    func tooLate() throws {
        var script = BoardScript([try toyJob("nightly")])
        _ = script.request("nightly", at: "01:00")
        _ = script.at("01:01", .cancelled(NumberedIDs.run(1), by: nil))
        #expect(script.end(1, .succeeded, at: "01:02") == ["end r1 succeeded"])
        #expect(script.record(1)?.failure == nil)
    }

    @Test("a run that is none, or has ended, or is of another process cannot be cancelled")
    func none() throws {
        var script = BoardScript()
        let job = try toyJob("nightly")
        let foreign = RunRecord(
            id: NumberedIDs.run(99), job: "nightly", kind: .audit, vault: "nightly", trigger: .manual, admitted: BoardScript.midnight,
            state: .running)
        _ = script.restore(Board.Memory(unfinished: [foreign]), [job], alive: [foreign.id], at: "01:00")
        #expect(script.at("01:01", .cancelled(foreign.id, by: nil)) == ["answer: no such run"])
        #expect(script.at("01:02", .cancelled(NumberedIDs.run(5), by: nil)) == ["answer: no such run"])
    }
}
