import Foundation
import HarborDatabase
import Retention
import Testing

@Suite("A retention policy of Harbor's is judged as Harbor judges it")
struct HarborPolicyTests {
    typealias Sample = SampleRegistry

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let rules: [String]
        let artifacts: [StoredArtifact]
        /// Rows that stay; nil where the policy leaves the repository alone.
        let retained: Set<Int64>?

        init(_ reason: String, _ rules: [String], _ artifacts: [StoredArtifact], _ retained: Set<Int64>?) {
            (testDescription, self.rules, self.artifacts, self.retained) = (reason, rules, artifacts, retained)
        }
    }

    private static func retained(_ row: Row, name: String = "library/app") throws -> Set<Int64>? {
        let policy = try HarborPolicy(parsing: Sample.policy(row.rules))
        switch try policy.judgement(of: Sample.repository(row.artifacts, name: name), now: Sample.now) {
        case .silent: return nil
        case .judged(let retained):
            return Set(zip(row.artifacts, retained).filter { $0.1 == true }.map(\.0.id))
        }
    }

    static func ranking() throws -> [Row] {
        let aged = try (1...4).map { try Sample.artifact($0, ["t\($0)"], age: Double($0)) }
        let pulled = [
            try Sample.artifact(1, ["a"], age: 9, pulled: 1), try Sample.artifact(2, ["b"], age: 1),
            try Sample.artifact(3, ["c"], age: 8, pulled: 5),
        ]
        return [
            Row("the newest by push", [Sample.rule("latestPushedK", "2")], aged, [1, 2]),
            Row("fewer than asked for all stay", [Sample.rule("latestPushedK", "9")], aged, [1, 2, 3, 4]),
            Row("none asked for retains none", [Sample.rule("latestPushedK", "0")], aged, []),
            Row("a fraction is cut off", [Sample.rule("latestPushedK", "1.9")], aged, [1]),
            Row("a text counts as the default, ten", [Sample.rule("latestPushedK", "\"1\"")], aged, [1, 2, 3, 4]),
            Row("so does a negative number", [Sample.rule("latestPushedK", "-1")], aged, [1, 2, 3, 4]),
            Row(
                "a push of a tag is a push of the artifact", [Sample.rule("latestPushedK", "1")],
                aged + [try Sample.artifact(5, ["t5"], age: 30, tagAge: 0.5)], [5]),
            Row(
                "equal pushes: the younger row is listed first", [Sample.rule("latestPushedK", "1")],
                [try Sample.artifact(1, ["a"], age: 1), try Sample.artifact(2, ["b"], age: 1)], [2]),
            Row("the newest by pull", [Sample.rule("latestPulledN", "1")], pulled, [1]),
            Row("what was never pulled comes last", [Sample.rule("latestPulledN", "2")], pulled, [1, 3]),
            Row(
                "among the never pulled the newest push is listed first", [Sample.rule("latestPulledN", "1")],
                [try Sample.artifact(1, ["a"], age: 5), try Sample.artifact(2, ["b"], age: 2), try Sample.artifact(3, ["c"], age: 9)], [2]),
            Row("active is pushed or pulled", [Sample.rule("latestActiveK", "2")], pulled, [1, 2]),
        ]
    }

    static func ages() throws -> [Row] {
        let aged = [
            try Sample.artifact(1, ["a"], age: 6.99), try Sample.artifact(2, ["b"], age: 7), try Sample.artifact(3, ["c"], age: 7.01),
        ]
        let pulled = [
            try Sample.artifact(1, ["a"], age: 90, pulled: 3), try Sample.artifact(2, ["b"], age: 0.1),
            try Sample.artifact(3, ["c"], age: 90, pulled: 30),
        ]
        return [
            Row("pushed within the days, the limit with them", [Sample.rule("nDaysSinceLastPush", "7")], aged, [1, 2]),
            Row("the other template leaves out the limit", [Sample.rule("lastXDays", "7")], aged, [1]),
            Row("pulled within the days", [Sample.rule("nDaysSinceLastPull", "7")], pulled, [1]),
            Row("a text counts as the default, thirty", [Sample.rule("nDaysSinceLastPull", "\"7\"")], pulled, [1, 3]),
            Row(
                "a pull through a tag is a pull", [Sample.rule("nDaysSinceLastPull", "7")],
                [
                    StoredArtifact(
                        id: 1, digest: try Sample.digest(1), type: "IMAGE", manifestMediaType: "", size: 1, pushed: Sample.days(90),
                        pulled: nil,
                        tags: [try Sample.tag("a", age: 90, pulled: 2)], labels: [], parents: [], subject: nil)
                ], [1]),
            Row("a new image that was never pulled goes", [Sample.rule("nDaysSinceLastPull", "30")], [pulled[1]], []),
        ]
    }

    static func selection() throws -> [Row] {
        let tagged = [
            try Sample.artifact(1, ["v1", "dev"]), try Sample.artifact(2, ["dev2"]), try Sample.artifact(3, ["v2"]), try Sample.artifact(4),
        ]
        func always(_ selectors: String...) -> [String] { [Sample.rule("always", tags: selectors)] }
        return [
            Row(
                "one tag that matches keeps all of the artifact", always(Sample.selector("matches", "v*", extras: "{\"untagged\":false}")),
                tagged, [1, 3]),
            Row("artifacts without a tag are matched where nothing is said", always(Sample.selector("matches", "v*")), tagged, [1, 3, 4]),
            Row("extras that cannot be read count as absent", always(Sample.selector("matches", "v*", extras: "{")), tagged, [1, 3, 4]),
            Row("extras without a word on the untagged say no", always(Sample.selector("matches", "v*", extras: "{}")), tagged, [1, 3]),
            Row("excluding takes an artifact that has any other tag", always(Sample.selector("excludes", "v*")), tagged, [1, 2, 4]),
            Row("excluding the untagged too", always(Sample.selector("excludes", "v*", extras: "{\"untagged\":true}")), tagged, [1, 2]),
            Row("an empty pattern matches all", always(Sample.selector("matches", "")), tagged, [1, 2, 3, 4]),
            Row(
                "selectors of a rule all have to agree", always(Sample.selector("matches", "v*"), Sample.selector("excludes", "dev")),
                tagged, [1, 3, 4]),
            Row(
                "a pattern that matches nothing retains nothing", always(Sample.selector("matches", "x*", extras: "{\"untagged\":false}")),
                tagged, []),
            Row("a rule without a tag selector is not evaluated", always(), tagged, nil),
            Row(
                "and leaves the others alone", always() + [Sample.rule("always", tags: [Sample.selector("matches", "v2", extras: "{}")])],
                tagged, [3]),
            Row(
                "any rule retains", [Sample.rule("latestPushedK", "0")] + always(Sample.selector("matches", "dev2", extras: "{}")), tagged,
                [2]),
            Row("a disabled rule says nothing", [Sample.rule("always", disabled: true)], tagged, nil),
            Row(
                "not even an unknown one", [Sample.rule("never", disabled: true), Sample.rule("latestPushedK", "0")], tagged, []),
            Row("no rule says nothing", [], tagged, nil),
            Row(
                "a repository that no rule selects is left alone",
                [Sample.rule("always", repositories: [Sample.selector("repoMatches", "web")])], tagged, nil),
            Row(
                "a repository is named without its project",
                [Sample.rule("always", repositories: [Sample.selector("repoMatches", "app")])], tagged, [1, 2, 3, 4]),
            Row(
                "or excluded by that name", [Sample.rule("always", repositories: [Sample.selector("repoExcludes", "app")])], tagged, nil),
            Row("a rule without a repository selector is for all", [Sample.rule("always", repositories: [])], tagged, [1, 2, 3, 4]),
            Row(
                "templates count what selectors leave",
                [Sample.rule("latestPushedK", "1", tags: [Sample.selector("matches", "v*", extras: "{}")])],
                [try Sample.artifact(1, ["v1"], age: 5), try Sample.artifact(2, ["dev"], age: 1), try Sample.artifact(3, ["v2"], age: 3)],
                [3]),
            Row(
                "accessories and what an index lists are not candidates", [Sample.rule("latestPushedK", "1")],
                [
                    try Sample.artifact(1, ["index"], age: 5), try Sample.artifact(2, age: 1, parents: [1]),
                    try Sample.artifact(3, ["sha256-1.sig"], age: 1, subject: 1),
                ], [1]),
            Row(
                "a tagged artifact in an index is one", [Sample.rule("latestPushedK", "1")],
                [try Sample.artifact(1, ["index"], age: 5), try Sample.artifact(2, ["amd64"], age: 1, parents: [1])], [2]),
        ]
    }

    @Test("templates rank", arguments: try ranking())
    func rank(_ row: Row) throws { #expect(try Self.retained(row) == row.retained) }

    @Test("templates count days", arguments: try ages())
    func age(_ row: Row) throws { #expect(try Self.retained(row) == row.retained) }

    @Test("rules select", arguments: try selection())
    func select(_ row: Row) throws { #expect(try Self.retained(row) == row.retained) }

    @Test("a star in a repository's pattern stops at its slash")
    func nestedRepository() throws {
        let artifacts = [try Sample.artifact(1, ["a"])]
        let star = Row("", [Sample.rule("always", repositories: [Sample.selector("repoMatches", "*")])], artifacts, nil)
        let doublestar = Row("", [Sample.rule("always", repositories: [Sample.selector("repoMatches", "**")])], artifacts, nil)
        #expect(try Self.retained(star, name: "library/team/app") == nil)
        #expect(try Self.retained(doublestar, name: "library/team/app") == [1])
    }

    @Test(
        "what Harbor would refuse, or this opsd does not know, is refused",
        arguments: [
            (Sample.policy([Sample.rule("newestFirst", "1")]).json, RetentionError.Code.unknownRule),
            (Sample.policy([Sample.rule("latestPushedK")]).json, .unknownRule),
            (Sample.policy([Sample.rule("always").replacing("retain", with: "archive")]).json, .unknownRule),
            (Sample.policy([Sample.rule("always").replacing("doublestar", with: "label")]).json, .unknownRule),
            (Sample.policy([Sample.rule("always", tags: [Sample.selector("contains", "x")])]).json, .unknownRule),
            (Sample.policy([Sample.rule("always", tags: [Sample.selector("matches", "[")])]).json, .malformedPattern),
            (Sample.policy([Sample.rule("always")]).json.replacing("\"or\"", with: "\"and\""), .unknownRule),
            (Sample.policy([Sample.rule("always")]).json.replacing("\"project\"", with: "\"system\""), .unknownRule),
            ("{\"rules\":[7]}", .malformedRule), ("", .malformedRule), ("[]", .malformedRule),
        ])
    func refused(_ json: String, _ code: RetentionError.Code) throws {
        let error = try #require(throws: RetentionError.self) { try HarborPolicy(parsing: StoredRule(id: 1, projectID: 1, json: json)) }
        #expect(error.code == code)
    }

    @Test("a pattern that breaks on a name stops the judgement")
    func breaks() throws {
        let policy = try HarborPolicy(
            parsing: Sample.policy([Sample.rule("always", repositories: [Sample.selector("repoMatches", "app{,/web}")])]))
        #expect(throws: RetentionError.self) { try policy.judgement(of: Sample.repository([]), now: Sample.now) }
    }
}
