import Foundation
import HarborDatabase
import OCIImage
import Retention
import Testing

@Suite("Classes say what they keep")
struct RetentionClassTests {
    typealias Sample = SampleRegistry

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let classes: [RetentionClass]
        let artifacts: [StoredArtifact]
        let removed: Set<Int64>

        init(_ reason: String, _ classes: [RetentionClass], _ artifacts: [StoredArtifact], removed: Set<Int64>) {
            (testDescription, self.classes, self.artifacts, self.removed) = (reason, classes, artifacts, removed)
        }
    }

    private static func verdict(_ row: Row) throws -> RepositoryVerdict {
        var planner = RetentionPlanner(RetentionSettings(classes: row.classes, rollbackReleases: 0), now: Sample.now)
        return planner.judge(try Sample.repository(row.artifacts))
    }

    static func keeping() throws -> [Row] {
        let aged = try (1...4).map { try Sample.artifact($0, ["t\($0)"], age: Double($0), pulled: $0 == 4 ? 1 : nil) }
        return [
            Row("nothing is kept", [try Sample.all(.init())], aged, removed: [1, 2, 3, 4]),
            Row("all", [try Sample.all(.init(all: true))], aged, removed: []),
            Row("the last by push", [try Sample.all(.init(last: 2))], aged, removed: [3, 4]),
            Row("the last none", [try Sample.all(.init(last: 0))], aged, removed: [1, 2, 3, 4]),
            Row("pushed lately, the limit outside", [try Sample.all(.init(pushedWithin: .seconds(2 * 86_400)))], aged, removed: [2, 3, 4]),
            Row("pulled lately", [try Sample.all(.init(pulledWithin: .seconds(2 * 86_400)))], aged, removed: [1, 2, 3]),
            Row("any of the rules keeps", [try Sample.all(.init(last: 1, pulledWithin: .seconds(2 * 86_400)))], aged, removed: [2, 3]),
            Row(
                "equal pushes stay together", [try Sample.all(.init(last: 1))],
                [try Sample.artifact(1, ["a"], age: 1), try Sample.artifact(2, ["b"], age: 1), try Sample.artifact(3, ["c"], age: 2)],
                removed: [3]),
            Row(
                "one tag that is kept keeps the artifact", [try Sample.all(.init(last: 1))],
                [try Sample.artifact(1, ["a"], age: 1), try Sample.artifact(2, ["b"], age: 2)], removed: [2]),
            Row("without a class everything stays", [], aged, removed: []),
        ]
    }

    static func lines() throws -> [Row] {
        let versions = ["1.0.0", "1.0.1", "1.1.0", "v1.1.5", "2.0.0", "2.0.1-rc.1", "latest"]
        let artifacts = try versions.enumerated().map { try Sample.artifact(Int64($0.offset + 1), [$0.element], age: Double($0.offset)) }
        func releases(_ keep: RetentionClass.Keep, prereleases: Bool = false) -> [RetentionClass] {
            [RetentionClass(name: "releases", members: .versions(prereleases: prereleases), keep: keep)]
        }
        return [
            Row("the highest of the repository", releases(.init(last: 1)), artifacts, removed: [1, 2, 3, 4]),
            Row("the highest of each major number", releases(.init(last: 1, line: .major)), artifacts, removed: [1, 2, 3]),
            Row("the highest of each minor number", releases(.init(last: 1, line: .minor)), artifacts, removed: [1, 3]),
            Row("prereleases are asked for", releases(.init(last: 1), prereleases: true), artifacts, removed: [1, 2, 3, 4, 5]),
            Row(
                "precedence decides, not the time of push", releases(.init(last: 1)),
                [try Sample.artifact(1, ["1.9.0"], age: 1), try Sample.artifact(2, ["1.10.0"], age: 100)], removed: [1]),
            Row(
                "a version under two names counts with both", releases(.init(last: 1)),
                [try Sample.artifact(1, ["1.2.0"]), try Sample.artifact(2, ["v1.2.0"]), try Sample.artifact(3, ["1.1.0"])], removed: [3]),
        ]
    }

    static func membership() throws -> [Row] {
        let patterns = try Sample.patterns("ci-*", "pr-*")
        let ci = RetentionClass(name: "ci", members: .tags(patterns, except: try Sample.patterns("*-keep")), keep: .init())
        let labelled = RetentionClass(
            name: "labelled", labels: ["old", "bad"], members: .tags(try Sample.patterns("**"), except: []), keep: .init())
        let untagged = RetentionClass(name: "untagged", members: .untagged, keep: .init(pushedWithin: .seconds(5 * 86_400)))
        var elsewhere = ci
        elsewhere.repositories = try Sample.patterns("other/**")
        var excepted = ci
        (excepted.repositories, excepted.exceptRepositories) = (try Sample.patterns("library/**"), try Sample.patterns("*/app"))
        let tagged = [
            try Sample.artifact(1, ["ci-1"]), try Sample.artifact(2, ["pr-1-keep"]), try Sample.artifact(3, ["main"]),
            try Sample.artifact(4, ["pr-2", "main2"]),
        ]
        return [
            Row("tags that match and are no exception", [ci], tagged, removed: [1]),
            Row("the first class that matches decides", [ci, try Sample.all(.init(all: true))], tagged, removed: [1]),
            Row("whichever it is", [try Sample.all(.init(all: true)), ci], tagged, removed: []),
            Row("every class has its tags", [ci, try Sample.all(.init(), name: "rest")], tagged, removed: [1, 2, 3, 4]),
            Row("repositories that match", [elsewhere], tagged, removed: []),
            Row("and are no exception", [excepted], tagged, removed: []),
            Row(
                "any of the labels", [labelled],
                [
                    try Sample.artifact(1, ["a"], labels: ["x", "bad"]), try Sample.artifact(2, ["b"], labels: ["x"]),
                    try Sample.artifact(3, ["c"]),
                ],
                removed: [1]),
            Row(
                "artifacts without a tag, but for what an index lists", [untagged],
                [
                    try Sample.artifact(1, age: 6), try Sample.artifact(2, age: 4), try Sample.artifact(3, ["index"], age: 6),
                    try Sample.artifact(4, age: 6, parents: [3]), try Sample.artifact(5, age: 6, subject: 3),
                ], removed: [1]),
            Row("classes of tags leave the untagged alone", [try Sample.all(.init())], [try Sample.artifact(1)], removed: []),
        ]
    }

    private static func check(_ row: Row) throws {
        let removed = zip(row.artifacts, try verdict(row).decisions).filter { $0.1.isRemoval }.map(\.0.id)
        #expect(Set(removed) == row.removed)
    }

    @Test("a class keeps by its rules", arguments: try keeping())
    func keep(_ row: Row) throws { try Self.check(row) }

    @Test("versions are counted by line and precedence", arguments: try lines())
    func line(_ row: Row) throws { try Self.check(row) }

    @Test("a tag belongs to the first class that has it", arguments: try membership())
    func member(_ row: Row) throws { try Self.check(row) }

    @Test("each class counts what it keeps, and what no class has is counted")
    func counts() throws {
        let ci = RetentionClass(name: "ci", members: .tags(try Sample.patterns("ci-*"), except: []), keep: .init(last: 1))
        let row = Row(
            "", [ci],
            [try Sample.artifact(1, ["ci-1", "main", "next"], age: 1), try Sample.artifact(2, ["ci-2"], age: 2), try Sample.artifact(3)],
            removed: [2])
        let verdict = try Self.verdict(row)
        #expect(verdict.classes == [.init(name: "ci", kept: 1, expendable: 1)])
        #expect(verdict.unclassified == 3)
        #expect(verdict.decisions[2] == .keeps(.unclassified(nil)))
        guard case .keeps(.inClass("ci", let tag?, .last)) = verdict.decisions[0] else {
            Issue.record("artifact 1 is not kept by its class: \(verdict.decisions[0])")
            return
        }
        #expect(tag.description == "ci-1")
    }

    @Test("single tags go only where the settings say so, and only beside a tag that a class keeps", arguments: [false, true])
    func singleTags(_ removes: Bool) throws {
        let classes = [
            RetentionClass(name: "ci", members: .tags(try Sample.patterns("ci-*"), except: []), keep: .init()),
            try Sample.all(.init(all: true)),
        ]
        var planner = RetentionPlanner(
            RetentionSettings(classes: classes, removesSingleTags: removes), pins: PinSet([try ProtectionTests.pin("library/app:held")]),
            now: Sample.now)
        let verdict = planner.judge(
            try Sample.repository([try Sample.artifact(1, ["ci-1", "main"]), try Sample.artifact(2, ["ci-2", "held"])]))
        switch verdict.decisions[0] {
        case .removesTags(let tags, let reason):
            #expect(removes)
            #expect(tags.map(\.description) == ["ci-1"])
            #expect(reason.code == .inClass)
        case .keeps(let reason):
            #expect(!removes)
            #expect(reason.code == .inClass)
        case .removes(let reason): Issue.record("the artifact goes: \(reason)")
        }
        guard case .keeps(let reason) = verdict.decisions[1] else {
            Issue.record("what runs loses a tag")
            return
        }
        #expect(reason.code == .pinned)
        #expect(planner.summary().totals.removedTags == (removes ? 1 : 0))
    }
}
