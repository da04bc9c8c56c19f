import Foundation
import JobEngine
import Testing

@Suite("Runs by schedule and by hand")
struct BoardRequestTests {
    @Test("a run by hand starts at once, a second one is told of it, an unknown job is refused")
    func byHand() throws {
        var script = BoardScript([try toyJob("nightly")])
        #expect(script.request("nightly", at: "01:00") == ["admit r1 nightly by manual", "answer: admitted r1", "start r1 nightly"])
        #expect(script.request("nightly", at: "01:01") == ["answer: under way r1"])
        #expect(script.request("hourly", at: "01:02") == ["answer: unknown job"])
        #expect(script.end(1, at: "01:03") == ["end r1 succeeded"])
        #expect(script.request("nightly", at: "01:04") == ["admit r2 nightly by manual", "answer: admitted r2", "start r2 nightly"])
    }

    @Test("who asked stands in the journal")
    func requester() throws {
        var script = BoardScript([try toyJob("nightly")])
        let ops = Requester(uid: 1000, name: "ops")
        _ = script.at("01:00", .requested(job: "nightly", by: ops))
        #expect(script.record(1)?.requester == ops)
        #expect(script.record(1)?.scheduledFor == nil)
    }

    @Test("a scheduled run starts on its time, once, and its time is journaled before it begins")
    func onTime() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *")])
        #expect(script.at("03:59:59") == [])
        #expect(script.board.rest(at: script.moment) == .seconds(1))
        #expect(script.at("04:00") == ["admit r1 nightly by schedule for 04:00", "start r1 nightly"])
        #expect(script.handled("nightly") == BoardScript.time("04:00"))
        #expect(script.at("04:00:01") == [])
        #expect(script.board.nextStart(of: "nightly") == BoardScript.time("2 04:00"))
    }

    @Test("jitter delays the start and not the time that the run answers")
    func jitter() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *", jitter: .seconds(900))
        let offset = HostJitter.offset(host: "host", job: "nightly", limit: .seconds(900))
        try #require(offset > .zero)
        var script = BoardScript([job])
        let start = BoardScript.time("04:00").addingTimeInterval(offset.seconds)
        #expect(script.board.nextStart(of: "nightly") == start)
        #expect(script.at("04:00") == [])
        #expect(script.board.rest(at: script.moment) == offset)
        let (minute, second) = offset.components.seconds.quotientAndRemainder(dividingBy: 60)
        #expect(script.at("04:\(minute):\(second)") == ["admit r1 nightly by schedule for 04:00", "start r1 nightly"])
    }

    @Test("jitter of hours does not look like a clock that went back")
    func greatJitter() throws {
        let job = try toyJob("nightly", cron: "0 * * * *", jitter: .seconds(80_000))
        try #require(HostJitter.offset(host: "host", job: "nightly", limit: .seconds(80_000)).seconds > DueTimes.correctionLimit)
        var script = BoardScript([job])
        #expect(script.at("00:00:01") == [])
        #expect(script.at("00:30") == [])
    }

    @Test("a collision with itself skips, with the reason in the journal")
    func overlapSkips() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 * * * *")])
        #expect(script.at("01:00") == ["admit r1 hourly by schedule for 01:00", "start r1 hourly"])
        #expect(script.at("02:00") == ["skip r2 hourly of 02:00: under way"])
        #expect(script.record(2)?.state == .ended(.skipped))
        #expect(script.record(2)?.exitCode == 75)
        #expect(script.record(2)?.failure == "run \(NumberedIDs.run(1)) of the job is under way")
        #expect(script.end(1, at: "02:30") == ["end r1 succeeded"])
        #expect(script.at("03:00") == ["admit r3 hourly by schedule for 03:00", "start r3 hourly"])
    }

    @Test("a collision with itself queues one run and skips the next")
    func overlapQueues() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 * * * *", overlap: .queue)])
        _ = script.at("01:00")
        #expect(script.at("02:00") == ["admit r2 hourly by schedule for 02:00"])
        #expect(script.reasons == ["waits for run \(NumberedIDs.run(1)) of job 'hourly'"])
        #expect(script.at("03:00") == ["skip r3 hourly of 03:00: under way"])
        #expect(script.end(1, at: "03:10") == ["end r1 succeeded", "start r2 hourly"])
    }

    @Test("a run by hand while one is queued is told of the one that runs")
    func queuedAndByHand() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 * * * *", overlap: .queue)])
        _ = script.at("01:00")
        _ = script.at("02:00")
        #expect(script.request("hourly", at: "02:05") == ["answer: under way r1"])
    }

    @Test("times that passed are counted once and stand as one missed run in the journal")
    func missed() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 * * * *")])
        #expect(script.at("05:30") == ["missed 5 of hourly up to 05:00"])
        #expect(script.record(1)?.state == .ended(.missed))
        #expect(script.at("05:31") == [])
        let counted = script.entries.compactMap { if case .missed(job: "hourly", let count) = $0 { count } else { nil } }
        #expect(counted == [5])
    }

    @Test("the last of the times that passed is caught up within the window")
    func caughtUp() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(3600))])
        #expect(
            script.at("05:30") == [
                "missed 4 of hourly up to 04:00", "admit r2 hourly by catch_up for 05:00", "start r2 hourly",
            ])
    }

    @Test("what was stopped with the engine does not start again in it")
    func stopping() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *")])
        #expect(script.at("03:00", .stopping) == [])
        #expect(script.request("nightly", at: "03:01") == ["answer: stopping"])
        #expect(script.at("04:00") == [])
    }
}

@Suite("Clocks that are wrong")
struct BoardClockTests {
    @Test("a step back runs nothing twice, and the schedule goes on where it was")
    func smallStep() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *")])
        _ = script.at("04:00")
        _ = script.end(1, at: "04:10")
        script.setClock(to: "02:30")
        #expect(script.at("02:30") == [])
        #expect(script.at("04:00") == [])
        #expect(script.at("2 04:00") == ["admit r2 nightly by schedule for 2 04:00", "start r2 nightly"])
    }

    @Test("a step back beyond the limit starts schedules anew from the time that the clock says")
    func correction() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *"), try toyJob("hourly", cron: "0 * * * *")])
        #expect(script.at("31 04:00").contains("admit r4 hourly by schedule for 31 04:00"))
        _ = script.end(2, at: "31 04:01")
        _ = script.end(4, at: "31 04:01")
        script.setClock(to: "2 12:30")
        #expect(script.at("2 12:30") == ["clock went back 2475000 s"])
        #expect(script.at("2 12:31") == [])
        #expect(script.board.nextStart(of: "nightly") == BoardScript.time("3 04:00"))
    }

    @Test("a step of a year ahead owes the missed times as one, and nothing after the correction")
    func year() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(600))])
        script.setClock(to: "366 12:00")
        #expect(script.at("366 12:00") == ["missed 366 of nightly up to 366 04:00"])
        script.setClock(to: "1 12:00")
        #expect(script.at("1 12:00") == ["clock went back \(365 * 86_400 - 8 * 3600) s"])
        #expect(script.handled("nightly") == BoardScript.time("1 12:00"))
        #expect(script.at("2 04:00") == ["admit r2 nightly by schedule for 2 04:00", "start r2 nightly"])
    }

    @Test("a run of the time that was wrong does not wait a year for the job that goes first")
    func waitingOverCorrection() throws {
        let slow = try toyJob("first", cron: "0 4 * * *", jitter: .seconds(3600))
        try #require(HostJitter.offset(host: "host", job: "first", limit: .seconds(3600)) > .seconds(60))
        var script = BoardScript([slow, try toyJob("second", cron: "0 4 * * *", after: ["first"])])
        script.setClock(to: "366 03:59")
        _ = script.at("366 03:59")
        #expect(script.at("366 04:00").contains { $0.contains("second by schedule") })
        #expect(script.reasons == ["waits for job 'first', which goes first"])
        script.setClock(to: "1 12:00")
        #expect(script.at("1 12:00").contains { $0.hasPrefix("start") && $0.hasSuffix("second") })
    }
}
