import Foundation
import JobEngine
import Testing

@Suite("Stopping and starting again")
struct BoardRestartTests {
    static func record(_ number: Int, _ job: String, _ trigger: RunTrigger = .schedule, for time: String?, started: Bool = true)
        -> RunRecord
    {
        var record = RunRecord(
            id: NumberedIDs.run(number), job: job, kind: .audit, vault: job, trigger: trigger, scheduledFor: time.map(BoardScript.time),
            admitted: BoardScript.time(time ?? "00:00"))
        if started {
            record.state = .running
            record.started = record.admitted
        }
        return record
    }

    static func memory(_ unfinished: [RunRecord], _ job: JobDefinition, handled: String, pauses: [Pause] = []) -> Board.Memory {
        Board.Memory(
            unfinished: unfinished,
            timetables: [job.name: Timetable(schedule: job.schedule?.identity ?? "", handled: BoardScript.time(handled))], pauses: pauses)
    }

    @Test("a stop drops what waits and makes its time due again")
    func stop() throws {
        let job = try toyJob("nightly", .gc, cron: "0 4 * * *", catchUp: .seconds(3600))
        var script = BoardScript([job, try toyJob("backup", .backup)])
        _ = script.request("backup", at: "03:00")
        _ = script.at("04:00")
        #expect(script.at("04:01", .stopping) == ["end r2 interrupted", "drop r2 nightly: opsd stopped before the run began"])
        #expect(script.handled("nightly") == BoardScript.time("03:59:59"))
        #expect(script.at("04:02", .stopping) == [])
        #expect(
            script.restore(Self.memory([], job, handled: "03:59:59"), [job], at: "04:30") == [
                "admit r3 nightly by catch_up for 04:00", "start r3 nightly",
            ])
    }

    @Test("a run that the stop interrupts is due again, one that somebody cancelled or that ran by hand is not")
    func interrupted() throws {
        for (isCancelled, byHand, handled) in [(false, false, "03:59:59"), (true, false, "04:00"), (false, true, "03:00")] {
            var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(3600))])
            if byHand { _ = script.request("nightly", at: "03:00") } else { _ = script.at("04:00") }
            if byHand { _ = script.at("03:10", .configured([try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(3600))])) }
            if isCancelled { _ = script.at("04:01", .cancelled(NumberedIDs.run(1), by: nil)) }
            _ = script.at("04:02", .stopping)
            _ = script.end(1, .interrupted, at: "04:03")
            #expect(script.handled("nightly") == BoardScript.time(byHand ? "00:00" : handled))
        }
    }

    @Test("without a window for it, the time of a run that the stop interrupts stays dealt with")
    func noWindow() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *")])
        _ = script.at("04:00")
        _ = script.at("04:02", .stopping)
        _ = script.end(1, .interrupted, at: "04:03")
        #expect(script.handled("nightly") == BoardScript.time("04:00"))
    }

    @Test("a run that a dead process left is interrupted and made up for once")
    func catchUp() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(3600))
        var script = BoardScript()
        #expect(
            script.restore(Self.memory([Self.record(90, "nightly", for: "04:00")], job, handled: "04:00"), [job], at: "04:30") == [
                "end r90 interrupted", "interrupted r90 nightly", "admit r1 nightly by catch_up for 04:00", "start r1 nightly",
            ])
        #expect(script.record(1)?.retryOf == NumberedIDs.run(90))
        #expect(script.record(90)?.failure == "opsd ended while the run was under way")
        #expect(script.record(90)?.exitCode == 1)
    }

    @Test(
        "what is not made up for a second time, or too late, or by hand, or while paused",
        arguments: [
            (RunTrigger.catchUp, "04:30"), (.schedule, "05:01"), (.retry, "04:30"), (.manual, "04:30"), (.schedule, "03:59"),
        ])
    func notMadeUp(_ trigger: RunTrigger, _ now: String) throws {
        let job = try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(3600))
        var script = BoardScript()
        let left = Self.record(90, "nightly", trigger, for: trigger == .manual ? nil : "04:00")
        #expect(
            script.restore(Self.memory([left], job, handled: "04:00"), [job], at: now) == [
                "end r90 interrupted", "interrupted r90 nightly",
            ])
    }

    @Test("jitter does not shorten the window for an interrupted run")
    func jitteredWindow() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *", jitter: .seconds(7200), catchUp: .seconds(1800))
        let offset = HostJitter.offset(host: "host", job: "nightly", limit: .seconds(7200))
        try #require(offset > .seconds(1860))
        var script = BoardScript()
        let left = Self.record(90, "nightly", for: "04:00")
        let words = script.restore(Self.memory([left], job, handled: "04:00"), [job], at: BoardScript.clock("04:10", plus: offset))
        #expect(words.last == "start r1 nightly")
    }

    @Test("a pause holds the making up, unless it ended meanwhile")
    func pauses() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(3600))
        for (end, last) in [("9 00:00", "interrupted r90 nightly"), ("04:10", "start r1 nightly")] {
            var script = BoardScript()
            let pause = Pause(
                job: "nightly", until: BoardScript.time(end), reason: "repair", requester: nil, since: BoardScript.time("04:05"))
            let memory = Self.memory([Self.record(90, "nightly", for: "04:00")], job, handled: "04:00", pauses: [pause])
            let words = script.restore(memory, [job], at: "04:30")
            #expect(words.last == last)
            #expect(script.board.pauses.isEmpty == (end == "04:10"))
        }
    }

    @Test("of a running and a queued run of one job the older is made up for")
    func two() throws {
        let job = try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(7200), overlap: .queue)
        var script = BoardScript()
        let left = [Self.record(90, "hourly", for: "03:00"), Self.record(91, "hourly", for: "04:00", started: false)]
        #expect(
            script.restore(Self.memory(left, job, handled: "04:00"), [job], at: "04:30") == [
                "end r90 interrupted", "interrupted r90 hourly", "admit r1 hourly by catch_up for 03:00", "end r91 interrupted",
                "interrupted r91 hourly", "start r1 hourly",
            ])
        #expect(script.record(91)?.failure == "opsd ended before the run began")
    }

    @Test("a restart within grace misses nothing")
    func grace() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *")
        var script = BoardScript()
        #expect(
            script.restore(Self.memory([], job, handled: "00:00"), [job], at: "04:00:50") == [
                "admit r1 nightly by schedule for 04:00", "start r1 nightly",
            ])
    }

    @Test("a job that the journal does not know owes nothing, a known one with another schedule neither")
    func unknownTimetables() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(86_400))
        var script = BoardScript()
        #expect(script.restore(Board.Memory(), [job], at: "05:00") == [])
        let other = Board.Memory(timetables: ["nightly": Timetable(schedule: "0 3 * * * UTC", handled: BoardScript.midnight)])
        #expect(script.restore(other, [job], at: "05:10") == [])
    }

    @Test("a run of a job that is no longer configured is interrupted and forgotten")
    func unknownJob() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *")
        var script = BoardScript()
        let left = Self.record(90, "gone", for: "04:00")
        #expect(
            script.restore(Self.memory([left], job, handled: "04:00"), [job], at: "04:10") == [
                "end r90 interrupted", "interrupted r90 gone",
            ])
    }

    @Test("a run of another living process is waited for")
    func foreign() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *")
        let prune = try toyJob("prune", .prune, vault: "nightly")
        var script = BoardScript()
        let foreign = Self.record(90, "nightly", .manual, for: nil)
        #expect(script.restore(Self.memory([foreign], job, handled: "00:00"), [job, prune], alive: [foreign.id], at: "03:00") == [])
        #expect(script.request("nightly", at: "03:01") == ["answer: under way r90"])
        #expect(script.request("prune", at: "03:02") == ["admit r1 prune by manual", "answer: admitted r1"])
        #expect(script.at("03:03", .foreignEnded(foreign.id)) == ["start r1 prune"])
        #expect(script.board.running.count == 1)
    }
}
