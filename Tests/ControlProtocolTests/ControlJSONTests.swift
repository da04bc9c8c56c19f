import ControlProtocol
import Foundation
import JobEngine
import Testing

@Suite("documents as JSON")
struct ControlJSONTests {
    @Test("every document comes back as it was sent")
    func roundTrips() throws {
        #expect(try again(Samples.status) == Samples.status)
        #expect(try again(JobsDocument(jobs: [Samples.job])) == JobsDocument(jobs: [Samples.job]))
        #expect(try again(RunsDocument(runs: [Samples.run])).runs == [Samples.run])
        #expect(try again(StartedDocument(run: "r")) == StartedDocument(run: "r"))
        #expect(try again(PauseRequest(until: Samples.time, reason: "why")) == PauseRequest(until: Samples.time, reason: "why"))
        #expect(try again(Samples.error) == Samples.error)
        let document = try again(Samples.document)
        #expect(document.run == Samples.run && document.log == Samples.document.log)
        #expect(document.report.numbers == Samples.report.numbers && document.report.snapshots == Samples.report.snapshots)
        #expect(document.report.phases == Samples.report.phases && document.report.findings == Samples.report.findings)
        #expect(document.report.recoveryPoint == Samples.time && document.report.outcome == .partial)
    }

    @Test("what is nil is left out, and comes back as nil")
    func nils() throws {
        let record = RunRecord(id: Samples.record.id, job: "j", kind: .gc, vault: nil, trigger: .manual, admitted: Samples.time)
        let run = RunSummary(record)
        let text = String(decoding: try ControlJSON.encode(run), as: UTF8.self)
        #expect(!text.contains("null") && !text.contains("outcome") && text.contains(#""state":"waiting""#))
        #expect(try again(run) == run)
    }

    @Test("a document is one line of sorted keys, with times in UTC")
    func form() throws {
        let bytes = try ControlJSON.encode(PauseRequest(until: Samples.time, reason: "a\nb/c"))
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"reason":"a\nb/c","until":"2026-09-21T14:13:20Z"}"#)
    }

    @Test("keys that only a newer version knows are ignored")
    func unknownKeys() throws {
        let text = #"{"run":"r","moon_phase":{"full":true}}"#
        #expect(try ControlJSON.decode(StartedDocument.self, from: Array(text.utf8)).run == "r")
    }

    @Test("what is no document is refused", arguments: ["", "{", "[]", "null", #"{"run":1}"#, "{}", "\u{0}", #"{"run":"r"}x"#])
    func garbage(text: String) {
        #expect(throws: (any Error).self) { try ControlJSON.decode(StartedDocument.self, from: Array(text.utf8)) }
    }

    private func again<Value: Codable>(_ value: Value) throws -> Value {
        try ControlJSON.decode(Value.self, from: try ControlJSON.encode(value))
    }
}

@Suite("lines of an event stream")
struct EventLineTests {
    @Test("every event has its word, and comes back with its details")
    func words() throws {
        let lines = try Samples.events.map { try ControlJSON.decode(EventLine.self, from: try ControlJSON.encode($0)) }
        #expect(lines.map(\.event) == ["waiting", "began", "phase_began", "advanced", "phase_ended", "ended", "alive"])
        #expect(lines[0].reason == "its turn")
        #expect(lines[2].phase == "blobs" && lines[2].totalBytes == 10)
        #expect(lines[3].bytes == 5 && lines[3].items == 1)
        #expect(lines[4].phaseReport == Samples.report.phases[0])
        #expect(lines[5].run == RunSummary(Samples.record) && lines[5].report?.numbers == ["new_blobs": 7])
        #expect(lines[6].known == .alive)
    }

    @Test("no event has a newline in it, whatever its texts have")
    func newlines() throws {
        let bytes = try ControlJSON.encode(EventLine(RunEvent.waiting("one\ntwo\r\n")))
        #expect(!bytes.contains(UInt8(ascii: "\n")))
    }

    @Test("a word of a newer daemon is no known event, and no error")
    func unknownWord() throws {
        let line = try ControlJSON.decode(EventLine.self, from: Array(#"{"event":"hibernated","depth":3}"#.utf8))
        #expect(line.event == "hibernated" && line.known == nil)
    }
}
