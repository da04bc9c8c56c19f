import Foundation
import JobEngine
import Testing

@Suite("New configurations")
struct BoardReloadTests {
    @Test("a job that is kept keeps its timetable")
    func kept() throws {
        let job = try toyJob("hourly", cron: "0 * * * *")
        var script = BoardScript([job])
        _ = script.at("01:00")
        _ = script.end(1, at: "01:01")
        #expect(script.at("02:00", .configured([job])) == [])
        #expect(script.at("02:00:01") == ["admit r2 hourly by schedule for 02:00", "start r2 hourly"])
    }

    @Test("a changed schedule owes nothing for the time before")
    func changed() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *")])
        #expect(script.at("05:30", .configured([try toyJob("nightly", cron: "0 5 * * *", catchUp: .seconds(86_400))])) == [])
        #expect(script.at("05:31") == [])
        #expect(script.handled("nightly") == BoardScript.time("05:30"))
        #expect(script.at("2 05:00").last == "start r1 nightly")
    }

    @Test("another time zone is another schedule")
    func zone() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *")])
        let moved = try toyJob("nightly", cron: "0 4 * * *", zone: "Europe/Berlin", catchUp: .seconds(86_400))
        #expect(script.at("03:30", .configured([moved])) == [])
        #expect(script.at("04:00") == [])
        #expect(script.at("2 03:00").last == "start r1 nightly")
    }

    @Test("waiting runs of a removed job are dropped, its running ones end by themselves, without retry")
    func removed() throws {
        let job = try toyJob("hourly", cron: "0 * * * *", retries: .init(count: 3), overlap: .queue)
        var script = BoardScript([job])
        _ = script.at("01:00")
        _ = script.at("02:00")
        #expect(
            script.at("02:30", .configured([])) == ["end r2 interrupted", "drop r2 hourly: the job is no longer configured"])
        #expect(script.end(1, .failed, at: "02:31") == ["end r1 failed"])
        #expect(script.at("03:00") == [])
        guard case .forgotten(let kept) = script.entries.last(where: { if case .forgotten = $0 { true } else { false } }) else {
            Issue.record("the journal was not told")
            return
        }
        #expect(kept.isEmpty)
    }

    @Test("a running run goes on under the configuration that it began with")
    func running() throws {
        var script = BoardScript([try toyJob("work", .backup, vault: "a")])
        _ = script.request("work", at: "01:00")
        _ = script.at("01:01", .configured([try toyJob("work", .backup, vault: "b"), try toyJob("prune", .prune, vault: "a")]))
        #expect(script.request("prune", at: "01:02") == ["admit r2 prune by manual", "answer: admitted r2"])
        #expect(script.end(1, at: "01:03") == ["end r1 succeeded", "start r2 prune"])
    }

    @Test("a schedule that was taken away and comes back after a restart owes nothing")
    func takenAway() throws {
        let job = try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(86_400))
        var script = BoardScript([job])
        _ = script.at("01:00")
        _ = script.end(1, at: "01:01")
        _ = script.at("01:30", .configured([try toyJob("hourly")]))
        #expect(script.at("05:00") == [])
        #expect(script.schedule("hourly") == "")
        let without = Board.Memory(timetables: ["hourly": Timetable(schedule: "", handled: BoardScript.time("01:30"))])
        #expect(script.restore(without, [job], at: "09:30") == [])
    }

    @Test("also where it was taken away while no process lived")
    func takenAwayMeanwhile() throws {
        let job = try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(86_400))
        let known = Board.Memory(timetables: [
            "hourly": Timetable(schedule: try #require(job.schedule?.identity), handled: BoardScript.time("01:00"))
        ])
        var script = BoardScript()
        #expect(script.restore(known, [try toyJob("hourly")], at: "05:30") == [])
        #expect(script.schedule("hourly") == "" && script.handled("hourly") == BoardScript.time("05:30"))
        var fresh = BoardScript()
        _ = fresh.restore(Board.Memory(), [try toyJob("hourly")], at: "05:30")
        #expect(fresh.schedule("hourly") == nil)
    }

    @Test("less jitter than before brings no time back")
    func jitter() throws {
        let late = try toyJob("hourly", cron: "0 * * * *", jitter: .seconds(1800))
        let soon = try toyJob("hourly", cron: "0 * * * *")
        var script = BoardScript([soon])
        _ = script.at("01:00")
        _ = script.end(1, at: "01:01")
        #expect(script.at("01:02", .configured([late])) == [])
        #expect(script.at("01:59") == [])
        let offset = HostJitter.offset(host: "host", job: "hourly", limit: .seconds(1800))
        #expect(script.at(BoardScript.clock("02:00", plus: offset)).last == "start r2 hourly")
        _ = script.end(2, at: "02:31")
        #expect(script.at("02:32", .configured([soon])) == [])
        #expect(script.at("02:33") == [])
        #expect(script.at("03:00").last == "start r3 hourly")
    }
}
