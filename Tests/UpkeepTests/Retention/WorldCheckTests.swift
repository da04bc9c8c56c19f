import Foundation
import HarborDatabase
import JobEngine
import LabServers
import OCIImage
import Retention
import SystemPackage
import Testing

@testable import Upkeep

@Suite("A plan held against the registry as it is now")
struct WorldCheckTests {
    private let folder: TemporaryFolder
    private let journal: RemovalJournal

    init() throws {
        folder = try TemporaryFolder("opsd-world")
        journal = try RemovalJournal(FilePath(folder.file("journal")), plan: "aa", wallclock: StillWallClock(now: Samples.now))
    }

    /// Two builds of which the older goes with its signature, and an index of which both images are listed.
    private func world() throws -> [StoredArtifact] {
        [
            try Samples.artifact(1, tags: ["build-3"]), try Samples.artifact(2, tags: ["build-2"]),
            try Samples.artifact(3, tags: ["sha256-2.sig"], subject: 2), try Samples.artifact(4, tags: ["build-0"]),
            try Samples.artifact(5, tags: [], parents: [4]), try Samples.artifact(6, tags: ["build-00"], parents: [4]),
        ]
    }

    private func removals(_ artifacts: [StoredArtifact], _ settings: RetentionSettings) throws -> [PlannedRemoval] {
        let repository = try Samples.repository(artifacts)
        var planner = RetentionPlanner(settings, now: Samples.now)
        return zip(artifacts, planner.judge(repository).decisions).compactMap { PlannedRemoval($0, in: repository.name, $1) }
    }

    private func check(
        _ now: [StoredArtifact], pins: [String] = [], savedUntil: Date? = nil, planned: RetentionSettings? = nil
    ) throws -> WorldCheck.Outcome {
        let settings = try Samples.settings()
        let references = try pins.map { PinSet.Pin(try Reference(parsing: $0), source: "shop") }
        let planner = RetentionPlanner(settings, pins: PinSet(references), now: Samples.now)
        var check = WorldCheck(try removals(try world(), planned ?? settings), planner: planner, journal: journal, savedUntil: savedUntil)
        check.add(try Samples.repository(now))
        return check.finish().outcome
    }

    @Test("an unchanged world asks for what does not go by itself, an index before what it lists")
    func unchanged() throws {
        let outcome = try check(try world())
        #expect(outcome.changes.isEmpty && outcome.done.isEmpty && outcome.emptied.isEmpty)
        #expect(outcome.requests.map(\.planned.id) == [2, 4, 6] && outcome.going == [2, 3, 4, 5, 6] && outcome.artifacts == 6)
    }

    @Test(
        "every change of what goes is found",
        arguments: ["pushed again", "new tag", "tag moved", "deleted", "repository deleted", "pinned", "another digest", "newest gone"])
    func changes(_ kind: String) throws {
        var now = try world()
        var pins: [String] = []
        switch kind {
        case "pushed again": now[1] = try Samples.artifact(2, tags: ["build-2"], age: 1.5)
        case "new tag": now[1] = try Samples.artifact(2, tags: ["build-2", "build-1"])
        case "tag moved":
            now[0] = try Samples.artifact(1, tags: ["build-3", "build-2"])
            now[1] = try Samples.artifact(2, tags: [])
        case "deleted": now.remove(at: 1)
        case "repository deleted": now = []
        case "pinned": pins = ["r.example.com/library/app@\(now[4].digest)"]
        case "another digest":
            let old = now[1]
            now[1] = StoredArtifact(
                id: 2, digest: try Samples.digest(9), type: old.type, manifestMediaType: old.manifestMediaType, size: old.size,
                pushed: old.pushed,
                pulled: nil, tags: old.tags, labels: [], parents: [], subject: nil)
        default: now.remove(at: 0)
        }
        let outcome = try check(now, pins: pins)
        #expect(!outcome.changes.isEmpty)
        #expect(outcome.changes.values.allSatisfy { !$0.isEmpty })
    }

    @Test("what this plan removed already is done, with all that went along")
    func resumed() throws {
        for id in [Int64(2), 4] { try journal.begin(RemovalJournal.Target(id: id, tag: nil), "image") }
        let outcome = try check(
            [try world()[0], try world()[5]].map { artifact in
                artifact.id == 6 ? try Samples.artifact(6, tags: ["build-00"]) : artifact
            })
        #expect(outcome.changes.isEmpty && outcome.done == [2, 3, 4, 5] && outcome.requests.map(\.planned.id) == [6])
    }

    @Test("what was pushed after the last snapshot of the vault is named")
    func young() throws {
        let outcome = try check(try world(), savedUntil: Samples.now.addingTimeInterval(-86_400 * 3.5))
        #expect(outcome.young.count == 2)
    }

    @Test("a repository of which everything goes is emptied, unless somebody pushed to it meanwhile")
    func emptied() throws {
        var settings = try Samples.settings(last: nil)
        settings.caps.allowsEmptying = true
        let artifacts = [try Samples.artifact(1, tags: ["build-1"])]
        func outcome(_ now: [StoredArtifact]) throws -> WorldCheck.Outcome {
            var check = WorldCheck(
                try removals(artifacts, settings), planner: RetentionPlanner(settings, now: Samples.now), journal: journal, savedUntil: nil)
            check.add(try Samples.repository(now))
            return check.finish().outcome
        }
        #expect(try outcome(artifacts).emptied.map(\.description) == ["library/app"])
        #expect(try outcome(artifacts + [try Samples.artifact(2, tags: ["other"])]).emptied.isEmpty)
    }

    @Test("what came meanwhile and would go along keeps all that would take it along", arguments: [2, 3, 5] as [Int64])
    func newcomers(_ subject: Int64) throws {
        let outcome = try check(try world() + [try Samples.artifact(9, tags: [], subject: subject)])
        #expect(Set(outcome.changes.keys) == [2: [2], 3: [2, 3], 5: [4, 5]][subject])
        #expect(outcome.changes.values.allSatisfy { $0.contains("is new") })
        #expect(outcome.requests.map(\.planned.id) == (subject == 5 ? [2, 6] : [4, 6]))
    }

    @Test("an accessory that came meanwhile does not make an emptied repository look full")
    func emptiedWithNewcomer() throws {
        let settings = try Samples.settings(last: nil)
        let artifacts = [try Samples.artifact(1, tags: ["build-1"]), try Samples.artifact(2, tags: ["build-2"])]
        var check = WorldCheck(
            try removals(artifacts, settings), planner: RetentionPlanner(settings, now: Samples.now), journal: journal, savedUntil: nil)
        check.add(try Samples.repository(artifacts + [try Samples.artifact(3, tags: [], subject: 2)]))
        let outcome = check.finish().outcome
        #expect(outcome.emptied.count == 1 && Set(outcome.changes.keys) == [2])
    }

    @Test("single tags are asked for one by one, and no more once they are gone by this plan")
    func singleTags() throws {
        var settings = try Samples.settings()
        settings.removesSingleTags = true
        let all = [RetentionClass(name: "rest", members: .tags([try DoublestarPattern(parsing: "*")], except: []), keep: .init(all: true))]
        settings.classes += all
        let artifacts = [try Samples.artifact(1, tags: ["build-3"]), try Samples.artifact(2, tags: ["build-1", "build-2", "stable"])]
        let planned = try removals(artifacts, settings)
        func outcome(_ now: [StoredArtifact]) throws -> WorldCheck.Outcome {
            var check = WorldCheck(planned, planner: RetentionPlanner(settings, now: Samples.now), journal: journal, savedUntil: nil)
            check.add(try Samples.repository(now))
            return check.finish().outcome
        }
        #expect(planned.map(\.extent) == [.tags] && planned[0].tags.map(\.name.description) == ["build-1", "build-2"])
        let first = try outcome(artifacts)
        #expect(first.requests.map { $0.tag?.description } == ["build-1", "build-2"] && first.going.isEmpty && first.changes.isEmpty)
        let less = [artifacts[0], try Samples.artifact(2, tags: ["build-2", "stable"])]
        #expect(try outcome(less).changes.count == 1)
        try journal.begin(RemovalJournal.Target(id: 2, tag: "build-1"), "image")
        let second = try outcome(less)
        #expect(second.changes.isEmpty && second.requests.map { $0.tag?.description } == ["build-2"])
    }
}
