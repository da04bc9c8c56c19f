import Foundation
import JobEngine
import Testing

@Suite("Failed runs are tried again")
struct BoardRetryTests {
    static let policy = JobDefinition.Retries(count: 3, backoff: .seconds(60), limit: .seconds(200))

    @Test("the pause doubles up to its limit, and chance takes up to half of it")
    func pauses() {
        #expect((1...5).map { Self.policy.pause(before: $0, chance: 0) } == [60, 120, 200, 200, 200].map { .seconds($0) })
        #expect(Self.policy.pause(before: 1, chance: 1) == .seconds(30))
        #expect(Self.policy.pause(before: 3, chance: 0.5) == .seconds(150))
        #expect(Self.policy.pause(before: 1, chance: 7) == .seconds(30))
        #expect(Self.policy.pause(before: 1, chance: -1) == .seconds(60))
        #expect(Self.policy.pause(before: .max, chance: 0) == .seconds(200))
        #expect(JobDefinition.Retries(count: 1, backoff: .zero).pause(before: 9, chance: 0) == .zero)
    }

    @Test("a failure is tried again with growing pauses until the attempts are used up")
    func attempts() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", retries: Self.policy)])
        _ = script.at("04:00")
        #expect(
            script.end(1, .failed, at: "04:01") == ["end r1 failed", "admit r2 nightly by retry for 04:00", "retry r1 as r2 in 60 s"])
        #expect(script.record(2)?.attempt == 2)
        #expect(script.record(2)?.retryOf == NumberedIDs.run(1))
        #expect(script.board.rest(at: script.moment) == .seconds(60))
        #expect(script.reasons == ["retry 1 of 3, in 60 s"])
        #expect(script.at("04:01:59") == [])
        #expect(script.at("04:02") == ["start r2 nightly"])
        #expect(script.end(2, .failed, chance: 1, at: "04:03").last == "retry r2 as r3 in 60 s")
        #expect(script.at("04:04") == ["start r3 nightly"])
        #expect(script.end(3, .failed, at: "04:05").last == "retry r3 as r4 in 200 s")
        #expect(script.at("04:09") == ["start r4 nightly"])
        #expect(script.end(4, .failed, at: "04:10") == ["end r4 failed"])
    }

    @Test("a retry that succeeds ends the story")
    func success() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", retries: Self.policy)])
        _ = script.at("04:00")
        _ = script.end(1, .failed, at: "04:01")
        _ = script.at("04:02")
        #expect(script.end(2, at: "04:03") == ["end r2 succeeded"])
    }

    @Test(
        "what is not a passing failure is not tried again", arguments: [RunOutcome.succeeded, .partial, .refused, .interrupted, .skipped])
    func notFailed(_ outcome: RunOutcome) throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", retries: Self.policy)])
        _ = script.at("04:00")
        #expect(script.end(1, outcome, at: "04:01") == ["end r1 \(outcome.rawValue)"])
    }

    @Test("a failure that would come again is not tried again")
    func permanent() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", retries: Self.policy)])
        _ = script.at("04:00")
        #expect(script.end(1, .failed, retryable: false, at: "04:01") == ["end r1 failed"])
    }

    @Test("a run by hand is not tried again: somebody looks at it")
    func byHand() throws {
        var script = BoardScript([try toyJob("nightly", retries: Self.policy)])
        _ = script.request("nightly", at: "04:00")
        #expect(script.end(1, .failed, at: "04:01") == ["end r1 failed"])
    }

    @Test("a run that somebody cancelled is not tried again, whatever its end is called")
    func cancelled() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", retries: Self.policy)])
        _ = script.at("04:00")
        #expect(script.at("04:01", .cancelled(NumberedIDs.run(1), by: Requester(uid: 7, name: "eva"))) == ["cancel r1", "answer: done"])
        #expect(script.end(1, .failed, at: "04:02") == ["end r1 failed"])
        #expect(script.record(1)?.failure == "cancelled by eva (uid 7)")
    }

    @Test("the next scheduled run takes the place of a retry that still waits")
    func supersededBySchedule() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 4,5 * * *", retries: .init(count: 1, backoff: .seconds(1800)))])
        _ = script.at("04:00")
        _ = script.end(1, .failed, at: "04:50")
        #expect(
            script.at("05:00") == [
                "end r2 skipped", "drop r2 hourly: another run of the job came before the retry", "admit r3 hourly by schedule for 05:00",
                "start r3 hourly",
            ])
    }

    @Test("a run by hand takes the place of a retry that still waits")
    func supersededByHand() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", retries: Self.policy)])
        _ = script.at("04:00")
        _ = script.end(1, .failed, at: "04:01")
        #expect(
            script.request("nightly", at: "04:01:30") == [
                "end r2 skipped", "drop r2 nightly: another run of the job came before the retry", "admit r3 nightly by manual",
                "answer: admitted r3", "start r3 nightly",
            ])
    }

    @Test("a queued run takes the place of a retry")
    func queued() throws {
        var script = BoardScript([try toyJob("hourly", cron: "0 4,5 * * *", retries: Self.policy, overlap: .queue)])
        _ = script.at("04:00")
        _ = script.at("05:00")
        #expect(script.end(1, .failed, at: "05:10") == ["end r1 failed", "start r2 hourly"])
    }

    @Test("a retry takes the number of attempts of its first run, and the pauses of the configuration of now")
    func reloaded() throws {
        var script = BoardScript([try toyJob("nightly", cron: "0 4 * * *", retries: .init(count: 1, backoff: .seconds(60)))])
        _ = script.at("04:00")
        _ = script.at("04:01", .configured([try toyJob("nightly", cron: "0 4 * * *", retries: .init(count: 1, backoff: .seconds(300)))]))
        #expect(script.end(1, .failed, at: "04:02").last == "retry r1 as r2 in 300 s")
    }
}
