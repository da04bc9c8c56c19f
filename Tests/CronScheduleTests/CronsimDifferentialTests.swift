import CronSchedule
import Foundation
import Testing

@Suite(
    "cronsim and we agree (skipped where python3, or what OPSD_PYTHON names, lacks cronsim)", .enabled(if: CronsimOracle.isThere),
    .timeLimit(.minutes(10)), .serialized)
struct CronsimDifferentialTests {
    /// What is compared: a random expression, in a zone, from an instant on.
    private struct Sample {
        let question: CronsimOracle.Question
        let zone: TimeZone
    }

    /// Zones of all kinds: none, whole hours, half hours, two hours, midnight gaps, a day that never was, none since.
    static let zones = [
        "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "America/Santiago",
        "America/Havana", "Africa/Cairo", "Africa/Casablanca", "Antarctica/Troll", "Asia/Kathmandu", "Asia/Beirut", "Asia/Tehran",
        "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Asia/Kolkata",
    ]

    /// From 1990 to 2037; in half of the cases within a day and a half of a change of the clocks, if the zone has one at that time.
    private static func samples(_ count: Int, backward: Bool = false, using random: inout SplitMix) throws -> [Sample] {
        var samples: [Sample] = []
        for _ in 0..<count {
            let name = random.pick(zones)
            let zone = try #require(TimeZone(identifier: name))
            let damaged = random.chance(20)
            let expression = damaged ? RandomExpression.damaged(using: &random) : RandomExpression.plausible(using: &random)
            var instant = Int.random(in: 631_152_000..<2_114_380_800, using: &random)
            let next = zone.nextDaylightSavingTimeTransition(after: Date(timeIntervalSince1970: Double(instant)))
            if random.chance(50), let next, next.timeIntervalSince1970 < 2_114_380_800 {
                instant = Int(next.timeIntervalSince1970) + Int.random(in: -130_000..<130_000, using: &random)
                if random.chance(40) { instant -= instant % 3600 }
            }
            let question = CronsimOracle.Question(expression: expression, zone: name, instant: instant, count: 6, backward: backward)
            samples.append(Sample(question: question, zone: zone))
        }
        return samples
    }

    @Test("both accept the same expressions, and find the same times after an instant", arguments: [20_261_121, 4, 1_970] as [UInt64])
    func forward(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let samples = try Self.samples(2_000, using: &random)
        let answers = try CronsimOracle.answers(to: samples.map(\.question))
        try #require(answers.count == samples.count)
        var tally = (valid: 0, invalid: 0, instants: 0, changes: 0, corrected: 0)
        for (sample, answer) in zip(samples, answers) {
            let question = sample.question
            let place: Comment = "seed \(seed): '\(question.expression)' in \(question.zone) after \(question.instant)"
            guard let expression = try expression(of: question, answer, place) else {
                tally.invalid += 1
                continue
            }
            let after = Date(timeIntervalSince1970: Double(question.instant))
            let ours = expression.times(after: after, in: sample.zone, count: answer.instants.count).map { Int($0.timeIntervalSince1970) }
            // Cronsim may come back to the same instant, or to an earlier one: then it has found fewer.
            #expect(ours == answer.instants, place)
            tally = (
                tally.valid + 1, tally.invalid, tally.instants + ours.count, tally.changes + answer.changes,
                tally.corrected + (answer.corrected ? 1 : 0)
            )
        }
        #expect(tally.valid > 1_500 && tally.invalid > 100 && tally.instants > 8_000 && tally.changes > 500, "\(tally)")
        #expect(tally.corrected < 20, "\(tally)")
    }

    @Test("both find the same times before an instant, where no clock changes on the way", arguments: [7, 42] as [UInt64])
    func backward(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let samples = try Self.samples(1_000, backward: true, using: &random)
        let answers = try CronsimOracle.answers(to: samples.map(\.question))
        var compared = 0
        for (sample, answer) in zip(samples, answers) {
            let question = sample.question
            let place: Comment = "seed \(seed): '\(question.expression)' in \(question.zone) before \(question.instant)"
            guard let expression = try expression(of: question, answer, place), answer.changes == 0 else { continue }
            var before = Date(timeIntervalSince1970: Double(question.instant))
            for instant in answer.instants {
                before = try #require(expression.previous(before: before, in: sample.zone), place)
                #expect(Int(before.timeIntervalSince1970) == instant, place)
            }
            compared += 1
        }
        #expect(compared > 300)
    }

    /// Our reading where both accept; nil where both refuse. Records where only one does.
    private func expression(
        of question: CronsimOracle.Question, _ answer: CronsimOracle.Answer, _ place: Comment
    ) throws -> CronExpression? {
        do throws(CronError) {
            let expression = try CronExpression(parsing: question.expression)
            #expect(answer.valid, place)
            #expect(!answer.never, place)
            return answer.valid && !answer.endless ? expression : nil
        } catch {
            // Cronsim notices some impossible dates only by looking for fifty years.
            #expect(!answer.valid || answer.never && error.code == .impossibleDate, "\(place): \(error)")
            return nil
        }
    }

    @Test("Foundation's time zones are Python's, also after 2037")
    func offsets() throws {
        var random = SplitMix(seed: 2_038)
        let instants = (0..<3_000).map { _ in Int.random(in: 631_152_000..<4_102_444_800, using: &random) }
        let offsets = try CronsimOracle.offsets(zones: Self.zones, instants: instants)
        for name in Self.zones {
            let zone = try #require(TimeZone(identifier: name))
            let ours = instants.map { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0))) }
            #expect(ours == offsets[name], "\(name)")
        }
    }
}
