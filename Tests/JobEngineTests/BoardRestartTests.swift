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

    @Test("what makes up for a run and had not begun is made up for again, one that by hand waited is not", arguments: RunTrigger.allCases)
    func neverBegan(_ trigger: RunTrigger) throws {
        let job = try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(3600))
        var script = BoardScript()
        let left = Self.record(90, "nightly", trigger, for: trigger == .manual ? nil : "04:00", started: false)
        let words = script.restore(Self.memory([left], job, handled: "04:00"), [job], at: "04:30")
        #expect(words.last == (trigger == .manual ? "interrupted r90 nightly" : "start r1 nightly"))
        #expect(script.record(1)?.trigger == (trigger == .manual ? nil : .catchUp))
    }

    @Test("nothing begins before the first turn, also where somebody asks for it")
    func heldBack() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(3600))
        let soon = Moment(now: BoardScript.time("04:30"), uptime: .zero)
        var board = Board(host: "host")
        let memory = Self.memory([Self.record(90, "nightly", for: "04:00")], job, handled: "04:00")
        let early = board.restore(memory, definitions: [job, try toyJob("other")], alive: [], at: soon)
        let asked = board.apply(.requested(job: "other", by: nil), at: soon)
        #expect(Self.starts(early + asked) == [])
        #expect(board.waiting.map(\.record.job) == ["nightly", "other"])
        #expect(Self.starts(board.apply(.tick, at: soon)) == ["nightly", "other"])
    }

    private static func starts(_ actions: [BoardAction]) -> [String] {
        actions.compactMap { action in if case .start(let ticket) = action { ticket.record.job } else { nil } }
    }

    @Test("a time that came while no process lived is not dealt with before the first turn")
    func dueInFirstTurn() throws {
        let job = try toyJob("nightly", cron: "0 4 * * *", catchUp: .seconds(3600))
        let moment = Moment(now: BoardScript.time("04:30"), uptime: .zero)
        var board = Board(host: "host")
        let actions = board.restore(Self.memory([], job, handled: "00:00"), definitions: [job], alive: [], at: moment)
        for case .journal(.timetable) in actions { Issue.record("dealt with before the first turn") }
        #expect(board.waiting.isEmpty)
        #expect(Self.starts(board.apply(.tick, at: moment)) == ["nightly"])
    }

    @Test("an orderly stop does not use up the run that makes up for another, as often as it comes", arguments: [true, false])
    func stopOfCatchUp(isWaiting: Bool) throws {
        let job = try toyJob("nightly", .gc, cron: "0 4 * * *", catchUp: .seconds(3600))
        let jobs = [job, try toyJob("backup", .backup)]
        var script = BoardScript()
        for minute in [10, 20, 30] {
            // A run of another process is in its way, or not.
            let other = Self.record(90, "backup", .manual, for: nil)
            let words = script.restore(
                Self.memory(isWaiting ? [other] : [], job, handled: "03:59:59"), jobs, alive: [other.id], at: "04:\(minute)")
            #expect(words.first?.hasSuffix("nightly by catch_up for 04:00") == true)
            #expect(script.board.waiting.count == (isWaiting ? 1 : 0))
            let run = try #require(script.board.current(of: "nightly")).record.id
            _ = script.at("04:\(minute):30", .stopping)
            if !isWaiting {
                var report = RunReport(run: run, job: "nightly", kind: "gc", started: script.moment.now)
                report.outcome = .interrupted
                _ = script.at("04:\(minute):40", .ended(run, RunEnd(report: report, seconds: 1, failure: nil), chance: 0))
            }
            #expect(script.handled("nightly") == BoardScript.time("03:59:59"))
        }
    }

    @Test("an orderly stop makes the time of a retry that waits due again")
    func stopOfRetry() throws {
        let retries = JobDefinition.Retries(count: 1, backoff: .seconds(600))
        for (catchUp, handled) in [(Duration.seconds(3600), "03:59:59"), (.zero, "04:00")] {
            var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", retries: retries, catchUp: catchUp)])
            _ = script.at("04:00")
            #expect(script.end(1, .failed, at: "04:01").last == "retry r1 as r2 in 600 s")
            #expect(script.at("04:02", .stopping).first == "end r2 interrupted")
            #expect(script.handled("nightly") == BoardScript.time(handled))
        }
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
