import Foundation
import HarborAPI
import HarborLab
import HarborStandIn
import JobEngine
import LabServers
import OCIImage
import Retention
import SystemPackage
import Testing
import Upkeep

@Suite("Retention while Harbor fails", .enabled(if: HarborLab.available(), RetentionBench.skipReason), .timeLimit(.minutes(5)))
struct RetentionFaultTests {
    private struct Broken: Error {}

    /// Runs the job that keeps one of four builds.
    private func run(_ bench: RetentionBench) async throws -> (run: RetentionBench.Run, outcome: RunOutcome) {
        let run = RetentionBench.Run()
        let result = try await bench.job(try RetentionBench.settings(last: 1)).run(run.id, recorder: run.recorder)
        return (run, result.outcome)
    }

    @Test("a core that is down from the beginning fails the run, and nothing is begun")
    func down() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            bench.standIn.faults.isCoreDown = true
            await #expect(throws: HarborAPIError.self) { try await run(bench) }
            #expect(try bench.left() == [1, 2, 3, 4])
            bench.standIn.faults.isCoreDown = false
            #expect(try await run(bench).outcome == .succeeded)
            #expect(try bench.left() == [4])
        }
    }

    @Test("a core that goes down in between stops the run, which tells what was done; the next run does the rest")
    func downBetween() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            let faults = bench.standIn.faults
            faults.before("DELETE /api", number: 2) { faults.isCoreDown = true }
            let (run, outcome) = try await run(bench)
            #expect(outcome == .partial && run.codes == ["unreachable"] && run.number("removed") >= 1)
            let left = try bench.left()
            #expect(left.count < 4 && left.count > 1)
            faults.isCoreDown = false
            #expect(try await self.run(bench).outcome == .succeeded)
            #expect(try bench.left() == [4])
        }
    }

    @Test("a hold that is placed while the run removes counts for the next request")
    func heldBetween() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            let state = FilePath(bench.folder.file("state"))
            let target = ImageHold.Target.repositories(try DoublestarPattern(parsing: "library/**"))
            let hold = ImageHold(target, owner: "anna", reason: "case 7", end: Date().addingTimeInterval(3600))
            bench.standIn.faults.before("DELETE /api", number: 1) {
                #expect(throws: Never.self) {
                    var holds = try ImageHolds(stateDirectory: state)
                    try holds.add(ImageHolds.Entry(hold: hold, created: Date(), by: "root"))
                }
            }
            let (run, outcome) = try await run(bench)
            #expect(outcome == .partial && run.codes == ["removal_changed"], "\(run.recorder.findings)")
            #expect(try bench.left().count == 3 && bench.deletions.count == 1)
        }
    }

    @Test("a credential that expires in between stops the run at once")
    func expires() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            let faults = bench.standIn.faults
            faults.before("DELETE /api", number: 2) { faults.expireCredentials(after: 0) }
            let (run, outcome) = try await run(bench)
            #expect(outcome == .partial && run.codes == ["not_permitted"], "\(run.recorder.findings)")
            #expect(try bench.left().count > 1)
            faults.renewCredentials()
            #expect(try await self.run(bench).outcome == .succeeded)
        }
    }

    @Test("an expired credential, and read-only mode, refuse")
    func refuses() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            bench.standIn.faults.expireCredentials(after: 0)
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings())) == .notPermitted)
            bench.standIn.faults.renewCredentials()
            try bench.lab.sql("INSERT INTO properties (k, v) VALUES ('read_only', 'true') ON CONFLICT (k) DO UPDATE SET v = 'true'")
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings())) == .readOnly)
            #expect(bench.deletions.isEmpty)
        }
    }

    @Test("overload and cut connections are got over")
    func overload() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            let faults = bench.standIn.faults
            faults.before("DELETE /api", number: 1) { faults.refuse(next: 2) }
            faults.cut("artifacts/\(bench.builds[1].digest)")
            let (run, outcome) = try await run(bench)
            #expect(outcome == .succeeded && run.number("removed") == 3, "\(run.recorder.findings)")
            #expect(try bench.left() == [4])
        }
    }

    @Test("an image that somebody tags in between stays, and is told")
    func taggedBetween() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            let digest = bench.builds[2].digest
            let lab = bench.lab
            bench.standIn.faults.before("DELETE /api") {
                try lab.sql(
                    "INSERT INTO tag (repository_id, artifact_id, name) SELECT repository_id, id, 'prod' FROM artifact WHERE digest = '\(digest)'"
                )
            }
            let (run, outcome) = try await run(bench)
            #expect(outcome == .partial && run.codes == ["removal_changed"] && run.number("skipped") == 1)
            #expect(try bench.left() == [3, 4])
        }
    }

    @Test("an approved plan that was interrupted is carried on when it is approved again")
    func resumes() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            let job = try bench.job(try RetentionBench.settings(last: 1))
            let plan = try await job.plan(recorder: RetentionBench.Run().recorder)
            try job.approve(plan.hash, by: "anna")
            let faults = bench.standIn.faults
            faults.before("DELETE /api", number: 2) { faults.isCoreDown = true }
            let first = RetentionBench.Run()
            _ = try await job.apply(plan.hash, recorder: first.recorder)
            #expect(first.codes == ["unreachable"])
            faults.isCoreDown = false
            try job.approve(plan.hash, by: "anna")
            let second = RetentionBench.Run()
            let result = try await job.apply(plan.hash, recorder: second.recorder)
            #expect(try result.outcome == .succeeded && (bench.left()) == [4])
            #expect(first.number("removed") + second.number("removed") == 3)
        }
    }

    @Test("a missing pinned image is a finding of the check, and a present one is none")
    func pinCheck() async throws {
        try await RetentionBench.with { bench in
            let path = bench.folder.file("pins")
            try Data("127.0.0.1:\(bench.standIn.port)/library/shop:build-1 127.0.0.1:\(bench.standIn.port)/library/shop:gone".utf8)
                .write(to: URL(fileURLWithPath: path))
            let pins = PinSettings(sources: [PinSettings.Source(name: "shop", origin: .file(path))])
            let run = RetentionBench.Run()
            let result = try await PinCheckJob(access: bench.access(), pins: pins).run(run.id, recorder: run.recorder)
            #expect(result.outcome == .partial && run.codes == ["pin_missing"])
            #expect(run.number("pins") == 2 && run.number("pins_missing") == 1 && run.number("pins_denied") == 0)
        }
    }
}
