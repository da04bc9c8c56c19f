import Foundation
import Testing

@testable import Upkeep

@Suite("The lines of a plan")
struct PlanLineTests {
    @Test(
        "times are RFC 3339 in UTC, with milliseconds that are cut",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-0.001, "1969-12-31T23:59:59.999Z"), (951_782_400.5, "2000-02-29T00:00:00.500Z"),
            (1_709_251_199.999_9, "2024-02-29T23:59:59.999Z"), (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (-62_135_596_800, "0001-01-01T00:00:00.000Z"), (253_402_300_799, "9999-12-31T23:59:59.000Z"),
        ] as [(Double, String)])
    func times(_ seconds: Double, _ text: String) {
        #expect(PlanLine.time(Date(timeIntervalSince1970: seconds)) == text)
    }

    // Before 1582 Foundation's style has the Julian calendar, which neither RFC 3339 nor PostgreSQL knows.
    @Test("from the year 1600 on every day is as Foundation has it")
    func calendar() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for day in stride(from: -135_140, to: 146_097, by: 13) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 3661.25)
            #expect(PlanLine.time(date) == date.formatted(style))
        }
    }
}
