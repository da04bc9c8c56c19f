import Foundation
import JobEngine
import Testing

@Suite("the id of a run")
struct RunIDTests {
    @Test(
        "it begins with its start in UTC, cut to the second",
        arguments: [
            (0.0, "19700101T000000Z-"), (1_767_225_600, "20260101T000000Z-"), (1_767_225_600.999, "20260101T000000Z-"),
            (1_709_210_096, "20240229T123456Z-"),
        ])
    func form(seconds: Double, beginning: String) throws {
        let id = "\(RunID(startingAt: Date(timeIntervalSince1970: seconds)))"
        #expect(id.hasPrefix(beginning))
        #expect(id.wholeMatch(of: /[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}/) != nil)
    }

    @Test("ids sort by time, whatever their random part")
    func sorting() {
        let ids = (0..<200).map { "\(RunID(startingAt: Date(timeIntervalSince1970: 1_767_225_600 + Double($0) * 3_601)))" }
        #expect(ids == ids.sorted())
    }

    @Test("runs that start in one second have different ids of one length")
    func uniqueness() {
        let ids = (0..<300).map { _ in RunID(startingAt: Date(timeIntervalSince1970: 1_767_225_600)) }
        #expect(Set(ids).count == ids.count)
        #expect(Set(ids.map(\.description.count)) == [25])
    }

    @Test("in JSON it is its text")
    func json() throws {
        let id = RunID(startingAt: Date(timeIntervalSince1970: 1_767_225_600))
        let data = try JSONEncoder().encode([id])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(id)\"]")
        #expect(try JSONDecoder().decode([RunID].self, from: data) == [id])
    }
}
