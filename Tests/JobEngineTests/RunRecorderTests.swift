import Foundation
import JobEngine
import Testing

@Suite("recording a run")
struct RunRecorderTests {
    private struct Broken: Error {}

    private let clock = ManualClock()
    private let progress = ProgressLog()

    private var recorder: RunRecorder { RunRecorder(progress: progress, clock: clock) }

    private func report(of recorder: RunRecorder) -> RunReport {
        let start = Date(timeIntervalSince1970: 1_767_225_600)
        var report = RunReport(run: RunID(startingAt: start), job: "backup", kind: "backup", started: start)
        recorder.fill(&report)
        return report
    }

    @Test("a phase has its own time, bytes and items, and its listener hears of it in order")
    func phases() async throws {
        let recorder = recorder
        let answer = await recorder.phase("dump", totalBytes: 30) {
            clock.advance(by: .seconds(2))
            recorder.advance(bytes: 10, items: 1)
            recorder.advance(bytes: 20)
            clock.advance(by: .milliseconds(500))
            return "done"
        }
        clock.advance(by: .seconds(100))
        await recorder.phase("blobs") { recorder.advance(items: 7) }
        #expect(answer == "done")
        #expect(
            report(of: recorder).phases == [
                PhaseReport(name: "dump", seconds: 2.5, bytes: 30, items: 1), PhaseReport(name: "blobs", seconds: 0, bytes: 0, items: 7),
            ])
        #expect(
            progress.events == [
                "begin dump of 30", "10 bytes, 1 items", "20 bytes, 0 items", "end dump after 2.5 s: 30 bytes, 1 items",
                "begin blobs of unknown size", "0 bytes, 7 items", "end blobs after 0.0 s: 0 bytes, 7 items",
            ])
    }

    @Test("a phase inside another one keeps its work to itself, and the outer one goes on where it was")
    func nested() async throws {
        let recorder = recorder
        await recorder.phase("outer") {
            recorder.advance(bytes: 1, items: 1)
            await recorder.phase("inner") {
                clock.advance(by: .seconds(3))
                recorder.advance(bytes: 100, items: 10)
            }
            clock.advance(by: .seconds(1))
            recorder.advance(bytes: 2, items: 2)
        }
        #expect(
            report(of: recorder).phases == [
                PhaseReport(name: "inner", seconds: 3, bytes: 100, items: 10), PhaseReport(name: "outer", seconds: 4, bytes: 3, items: 3),
            ])
    }

    @Test("a phase that throws is recorded with what it did, and its error goes on")
    func throwing() async throws {
        let recorder = recorder
        await #expect(throws: Broken.self) {
            try await recorder.phase("dump") {
                recorder.advance(bytes: 5)
                clock.advance(by: .seconds(9))
                throw Broken()
            }
        }
        await recorder.phase("next") {}
        #expect(
            report(of: recorder).phases == [
                PhaseReport(name: "dump", seconds: 9, bytes: 5, items: 0), PhaseReport(name: "next", seconds: 0, bytes: 0, items: 0),
            ])
        #expect(progress.events.contains("end dump after 9.0 s: 5 bytes, 0 items"))
    }

    @Test("numbers add up by name and findings keep their order")
    func numbersAndFindings() throws {
        let recorder = recorder
        recorder.add("new_blobs", 3)
        recorder.add("new_blobs", 4)
        recorder.add("read_bytes", 0)
        let findings = [
            Finding(.warning, "b", "second letter"), Finding(.remark, "a", "first letter"), Finding(.warning, "b", "second letter"),
        ]
        for finding in findings { recorder.note(finding) }
        #expect(recorder.findings == findings)
        let report = report(of: recorder)
        #expect(report.numbers == ["new_blobs": 7, "read_bytes": 0])
        #expect(report.findings == findings)
        #expect(report.phases.isEmpty)
    }

    @Test("nothing is lost when many tasks advance one phase")
    func manyTasks() async throws {
        let recorder = RunRecorder(progress: SilentProgress(), clock: clock)
        await recorder.phase("blobs") {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        for _ in 0..<100 { recorder.advance(bytes: 2, items: 1) }
                        recorder.add("new_blobs", 1)
                    }
                }
            }
        }
        let report = report(of: recorder)
        #expect(report.phases == [PhaseReport(name: "blobs", seconds: 0, bytes: 10_000, items: 5_000)])
        #expect(report.numbers == ["new_blobs": 50])
    }

    @Test("a stopwatch shows the time since its start, again and again")
    func stopwatch() throws {
        clock.advance(by: .seconds(50))
        let stopwatch = Stopwatch(clock)
        #expect(stopwatch.elapsed == .zero)
        clock.advance(by: .milliseconds(1250))
        #expect(stopwatch.elapsed == .milliseconds(1250))
        #expect(stopwatch.elapsed.seconds == 1.25)
        clock.advance(by: .seconds(60))
        #expect(stopwatch.elapsed.seconds == 61.25)
    }
}
