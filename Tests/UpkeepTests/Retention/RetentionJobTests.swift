import Foundation
import HarborAPI
import HarborLab
import HarborStandIn
import JobEngine
import LabServers
import LocalIO
import OCIImage
import Retention
import SystemPackage
import Testing
import Upkeep
import Vault

@Suite("Carrying out retention", .enabled(if: HarborLab.available(), RetentionBench.skipReason), .timeLimit(.minutes(5)))
struct RetentionJobTests {
    @Test("removes what the plan says and nothing else, and tells what it freed")
    func enforces() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            let before = try bench.artifacts()
            let run = RetentionBench.Run()
            let result = try await bench.job(try RetentionBench.settings()).run(run.id, recorder: run.recorder)
            #expect(result.outcome == .succeeded, "\(run.recorder.findings)")
            #expect(try bench.left() == [3, 4] && bench.artifacts() == before - 2)
            #expect(run.number("removals") == 2 && run.number("removed") == 2 && run.number("skipped") == 0)
            // The base that all builds share stays.
            #expect(run.number("freed_bytes") > 0)
            let again = RetentionBench.Run()
            _ = try await bench.job(try RetentionBench.settings()).run(again.id, recorder: again.recorder)
            #expect(again.number("removals") == 0 && bench.deletions.count == 2)
        }
    }

    @Test("what an index lists and what signs an image goes with it, without being asked for")
    func followers() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            var settings = try RetentionBench.settings(
                last: nil, caps: RetentionSettings.Caps(share: 1, allowsEmptying: true), pattern: "{stable,v1.2.3}")
            settings.keepsSignedReleases = false
            try bench.lab.sql("UPDATE immutable_tag_rule SET disabled = true")
            let run = RetentionBench.Run()
            let result = try await bench.job(settings).run(run.id, recorder: run.recorder)
            #expect(result.outcome == .succeeded, "\(run.recorder.findings)")
            #expect(run.number("removals") == 5 && run.number("removed") == 5 && bench.deletions.count == 2)
            let gone = [LabImage.Kind.index, .child, .signed, .signature].flatMap { bench.lab.images($0) }.map { "'\($0.digest)'" }
            #expect(try bench.lab.sql("SELECT count(*) FROM artifact WHERE digest IN (\(gone.joined(separator: ",")))") == "0")
        }
    }

    @Test("in report mode, and before enforcement begins, a run plans alone", arguments: [true, false])
    func reports(_ isReport: Bool) async throws {
        try await RetentionBench.with { bench in
            let mode: RetentionSettings.Mode = isReport ? .report : .enforce(from: Date().addingTimeInterval(3600))
            let job = try bench.job(try RetentionBench.settings(mode: mode, caps: RetentionSettings.Caps(share: 0.0001)))
            let run = RetentionBench.Run()
            let result = try await job.run(run.id, recorder: run.recorder)
            #expect(result.outcome == .partial && run.codes == ["share"] && run.number("removals") == 2)
            let hash = try #require(try job.archive.newest().first)
            let error = #expect(throws: UpkeepError.self) { try job.approve(hash, by: "anna") }
            #expect(error?.code == .refused(.notApproved))
            await #expect(throws: UpkeepError.self) { try await job.apply(hash, recorder: run.recorder) }
            #expect(try bench.standIn.faults.requests.isEmpty && (bench.left()) == [1, 2, 3, 4])
        }
    }

    @Test("each cap, a missing vault, missing cover, read-only mode and doubtful pins refuse before anything is removed")
    func guards() async throws {
        try await RetentionBench.with { bench in
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings(), withVault: false)) == .uncovered)
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings())) == .uncovered)
            try await bench.save(at: Date().addingTimeInterval(-86_400 * 100))
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings())) == .uncovered)
            try await bench.save()
            let caps = RetentionSettings.Caps.self
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings(caps: caps.init(share: 0.01)))) == .share)
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings(caps: caps.init(share: 1, count: 1)))) == .count)
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings(last: nil))) == .emptiesRepository)
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings(), pins: [])) == .pinsEmpty)
        }
    }

    @Test("a class that is about nothing stops a run that nobody looked at, and not a plan that somebody approved")
    func unused() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            var settings = try RetentionBench.settings()
            let typo = RetentionClass.Members.tags([try DoublestarPattern(parsing: "biuld-*")], except: [])
            settings.classes.insert(RetentionClass(name: "kept", members: typo, keep: .init(all: true)), at: 0)
            let job = try bench.job(settings)
            #expect(await bench.refusal(job) == .classUnused)
            #expect(try bench.left() == [1, 2, 3, 4])
            try job.approve(try #require(try job.archive.newest().first), by: "anna")
            let run = RetentionBench.Run()
            _ = try await job.run(run.id, recorder: run.recorder)
            #expect(try bench.left() == [3, 4] && run.codes == ["approved"])
        }
    }

    @Test("contents that the vault lacks are named, and nothing goes")
    func uncovered() async throws {
        try await RetentionBench.with { bench in
            let layer = try #require(bench.builds[0].blobs.first { !bench.builds[1].blobs.contains($0) })
            try await bench.save(except: [layer])
            let run = RetentionBench.Run()
            let error = await #expect(throws: UpkeepError.self) {
                try await bench.job(try RetentionBench.settings()).run(run.id, recorder: run.recorder)
            }
            #expect(error?.code == .refused(.uncovered) && error?.problem.contains("library/shop (1)") == true)
            #expect(bench.deletions.isEmpty)
        }
    }

    @Test("a snapshot that is gone from the vault covers nothing, whatever was known of it")
    func lostSnapshot() async throws {
        try await RetentionBench.with { bench in
            let layer = try #require(bench.builds[0].blobs.first { !bench.builds[1].blobs.contains($0) })
            try await bench.save(at: Date().addingTimeInterval(-3600), except: [layer])
            try await bench.save()
            let history = try await bench.vault.history()
            let newest = try #require(history.latestComplete?.manifest.snapshot)
            let name = ObjectName.snapshot(newest, .signature)
            try FileManager.default.removeItem(atPath: FilePath(bench.folder.file("vault")).appending(name.path).string)
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings())) == .uncovered)
            #expect(bench.deletions.isEmpty)
        }
    }

    @Test("a snapshot of a time to come covers nothing")
    func futureSnapshot() async throws {
        try await RetentionBench.with { bench in
            try await bench.save(at: Date().addingTimeInterval(86_400))
            #expect(await bench.refusal(try bench.job(try RetentionBench.settings())) == .uncovered)
            #expect(bench.deletions.isEmpty)
        }
    }

    @Test("what runs, what is held and what is immutable stays, with everything it needs")
    func protection() async throws {
        try await RetentionBench.with(builds: 6) { bench in
            try await bench.save()
            try bench.lab.sql(
                """
                INSERT INTO immutable_tag_rule (project_id, tag_filter, disabled) SELECT project_id,
                '{"priority":0,"action":"immutable","template":"immutable_template","tag_selectors":[{"kind":"doublestar","decoration":"matches","pattern":"build-3"}],"scope_selectors":{"repository":[{"kind":"doublestar","decoration":"repoMatches","pattern":"**"}]}}',
                false FROM project WHERE name = 'library'
                """)
            let job = try bench.job(try RetentionBench.settings(), pins: ["library/shop:build-1"])
            var holds = try ImageHolds(stateDirectory: FilePath(bench.folder.file("state")))
            let held = ImageHold(
                .image(try Reference(parsing: "registry.example.com/library/shop:build-2")), owner: "anna", reason: "case 7",
                end: Date().addingTimeInterval(86_400))
            try holds.add(ImageHolds.Entry(hold: held, created: Date(), by: "root"))
            let run = RetentionBench.Run()
            _ = try await job.run(run.id, recorder: run.recorder)
            #expect(try bench.left() == [1, 2, 3, 5, 6], "\(run.recorder.findings)")
            #expect(run.number("kept_pinned") == 1 && run.number("kept_held") == 1 && run.number("removed") == 1)
            for place in [0, 1, 2] {
                let image = bench.builds[place]
                let name = try RepositoryName(parsing: image.repository)
                guard case .present = try await bench.client.manifestStatus(name, .digest(try Digest(parsing: image.digest))) else {
                    Issue.record("build \(place + 1) is gone")
                    continue
                }
                #expect(image.blobs.allSatisfy { FileManager.default.fileExists(atPath: bench.lab.blobFile($0)) })
            }
        }
    }
}

@Suite("A plan that somebody approved", .enabled(if: HarborLab.available(), RetentionBench.skipReason), .timeLimit(.minutes(5)))
struct ApprovedPlanTests {
    @Test("is carried out once, and not after its end")
    func approval() async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            let job = try bench.job(try RetentionBench.settings())
            let plan = try await job.plan(recorder: RetentionBench.Run().recorder)
            let without = await #expect(throws: UpkeepError.self) {
                try await job.apply(plan.hash, recorder: RetentionBench.Run().recorder)
            }
            #expect(without?.code == .refused(.notApproved))
            let approval = try job.approve(plan.shortHash, by: "anna", until: Date().addingTimeInterval(86_400 * 30))
            #expect(approval.until.timeIntervalSince(Date()) < 86_401)
            let late = try bench.job(try RetentionBench.settings(), at: Date().addingTimeInterval(86_500))
            await #expect(throws: UpkeepError.self) { try await late.apply(plan.hash, recorder: RetentionBench.Run().recorder) }
            #expect(bench.deletions.isEmpty)
            let run = RetentionBench.Run()
            _ = try await job.apply(plan.shortHash, recorder: run.recorder)
            #expect(try run.number("removed") == 2 && (bench.left()) == [3, 4])
            await #expect(throws: UpkeepError.self) { try await job.apply(plan.hash, recorder: run.recorder) }
        }
    }

    @Test(
        "is refused when the world or the rules are no longer what it was made from",
        arguments: ["re-pushed tag", "new tag", "pinned", "held", "policy", "settings", "deleted"])
    func changed(_ kind: String) async throws {
        try await RetentionBench.with { bench in
            try await bench.save()
            var job = try bench.job(try RetentionBench.settings(), pins: ["library/shop:build-4"])
            let plan = try await job.plan(recorder: RetentionBench.Run().recorder)
            try job.approve(plan.hash, by: "anna")
            let digest = bench.builds[0].digest
            var expected = Refusal.worldChanged
            switch kind {
            case "re-pushed tag": try bench.lab.sql("UPDATE tag SET push_time = now() WHERE name = 'build-1'")
            case "new tag":
                try bench.lab.sql(
                    "INSERT INTO tag (repository_id, artifact_id, name) SELECT repository_id, id, 'prod' FROM artifact WHERE digest = '\(digest)'"
                )
            case "pinned": job = try bench.job(try RetentionBench.settings(), pins: ["library/shop:build-4", "library/shop:build-1"])
            case "held":
                var holds = try ImageHolds(stateDirectory: FilePath(bench.folder.file("state")))
                let target = ImageHold.Target.repositories(try DoublestarPattern(parsing: "library/**"))
                let hold = ImageHold(target, owner: "anna", reason: "case 7", end: Date().addingTimeInterval(3600))
                try holds.add(ImageHolds.Entry(hold: hold, created: Date(), by: "root"))
            case "policy":
                try bench.lab.sql(
                    """
                    INSERT INTO immutable_tag_rule (project_id, tag_filter, disabled) SELECT project_id,
                    '{"tag_selectors":[{"kind":"doublestar","decoration":"matches","pattern":"x"}],"scope_selectors":{"repository":[{"kind":"doublestar","decoration":"repoMatches","pattern":"**"}]}}',
                    false FROM project WHERE name = 'library'
                    """)
                expected = .settingsChanged
            case "settings":
                job = try bench.job(try RetentionBench.settings(last: 1), pins: ["library/shop:build-4"])
                expected = .settingsChanged
            default:
                try await bench.standIn.database.execute(
                    "DELETE FROM tag WHERE name = 'build-1'; DELETE FROM artifact WHERE digest = '\(digest)'")
            }
            let error = await #expect(throws: UpkeepError.self) { try await job.apply(plan.hash, recorder: RetentionBench.Run().recorder) }
            #expect(error?.code == .refused(expected), "\(String(describing: error))")
            #expect(bench.deletions.isEmpty)
        }
    }
}
