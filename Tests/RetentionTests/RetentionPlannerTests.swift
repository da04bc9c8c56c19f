import Foundation
import HarborDatabase
import OCIImage
import Retention
import Testing

@Suite("A planner brings rules together and keeps the sums")
struct RetentionPlannerTests {
    typealias Sample = SampleRegistry

    private func codes(_ verdict: RepositoryVerdict) -> [String] {
        verdict.decisions.map { decision in
            switch decision {
            case .keeps(let reason), .removesTags(_, let reason): reason.code.rawValue
            case .removes(let reason): "-\(reason.code.rawValue)"
            }
        }
    }

    @Test("an artifact goes where one source is about all its tags and none keeps it")
    func sources() throws {
        let ci = RetentionClass(
            name: "ci", members: .tags(try Sample.patterns("ci-*", "v*"), except: try Sample.patterns("v2")), keep: .init(last: 1))
        let settings = RetentionSettings(classes: [ci], followsHarborPolicies: true)
        let artifacts = [
            try Sample.artifact(1, ["ci-1"], age: 1), try Sample.artifact(2, ["ci-2"], age: 2),
            try Sample.artifact(3, ["ci-3", "main"], age: 3),
            try Sample.artifact(4, ["v1"], age: 4), try Sample.artifact(5, ["v2"], age: 5), try Sample.artifact(6, age: 6),
        ]
        let policy = Sample.policy([Sample.rule("always", tags: [Sample.selector("matches", "v*", extras: "{}")])])
        var followed = RetentionPlanner(settings, policies: [policy], now: Sample.now)
        #expect(
            codes(followed.judge(try Sample.repository(artifacts)))
                == ["in_class", "-not_kept", "-harbor_policy", "harbor_policy", "harbor_policy", "-harbor_policy"])
        var ignored = RetentionPlanner(RetentionSettings(classes: [ci]), policies: [policy], now: Sample.now)
        #expect(
            codes(ignored.judge(try Sample.repository(artifacts)))
                == ["in_class", "-not_kept", "unclassified", "-not_kept", "unclassified", "unclassified"])
    }

    @Test("a policy is its project's alone")
    func otherProject() throws {
        var planner = RetentionPlanner(
            RetentionSettings(followsHarborPolicies: true), policies: [Sample.policy([Sample.rule("latestPushedK", "0")])], now: Sample.now)
        let artifacts = [try Sample.artifact(1, ["a"])]
        #expect(codes(planner.judge(try Sample.repository(artifacts, name: "team/app", project: 2))) == ["unclassified"])
        #expect(codes(planner.judge(try Sample.repository(artifacts))) == ["-harbor_policy"])
    }

    @Test("what cannot be judged stays, and is reported")
    func unjudgeable() throws {
        let settings = RetentionSettings(classes: [try Sample.all(.init())], followsHarborPolicies: true)
        let artifacts = [try Sample.artifact(1, ["a"])]
        var policy = RetentionPlanner(settings, policies: [Sample.policy([Sample.rule("newest", "1")])], now: Sample.now)
        #expect(codes(policy.judge(try Sample.repository(artifacts))) == ["unjudgeable"])
        #expect(codes(policy.judge(try Sample.repository(artifacts, name: "team/app", project: 2))) == ["-not_kept"])
        #expect(policy.summary().findings.map(\.code) == [.policyUnjudgeable])

        var rule = RetentionPlanner(settings, immutableRules: [StoredRule(id: 1, projectID: 1, json: "?")], now: Sample.now)
        #expect(codes(rule.judge(try Sample.repository(artifacts))) == ["unjudgeable"])
        #expect(rule.summary().findings.map(\.code) == [.immutabilityUnjudgeable])

        let breaking = Sample.policy([Sample.rule("always", repositories: [Sample.selector("repoMatches", "app{,/x}")])])
        var pattern = RetentionPlanner(settings, policies: [breaking], now: Sample.now)
        #expect(codes(pattern.judge(try Sample.repository(artifacts))) == ["unjudgeable"])
        #expect(pattern.summary().findings.contains { $0.code == .repositoryUnjudgeable })
    }

    @Test("projects that the settings leave out are neither judged nor counted")
    func projects() throws {
        var settings = RetentionSettings(classes: [try Sample.all(.init())])
        settings.projects = try Sample.patterns("team-*", "nothing")
        var planner = RetentionPlanner(settings, pins: PinSet([try ProtectionTests.pin("library/app:gone")]), now: Sample.now)
        #expect(codes(planner.judge(try Sample.repository([try Sample.artifact(1, ["a"])]))) == ["project_not_watched"])
        #expect(
            codes(planner.judge(try Sample.repository([try Sample.artifact(1, ["a"])], name: "team-1/app", project: 2))) == ["-not_kept"])
        let summary = planner.summary()
        #expect(summary.totals.artifacts == 1)
        #expect(summary.findings == [.patternWithoutMatch(try DoublestarPattern(parsing: "nothing"), of: nil)])
    }

    @Test("what is said in vain is found")
    func findings() throws {
        let classes = [
            RetentionClass(
                name: "ci", exceptRepositories: try Sample.patterns("x/**"),
                members: .tags(try Sample.patterns("ci-*", "pr-*"), except: []),
                keep: .init()),
            RetentionClass(name: "releases", members: .versions(prereleases: false), keep: .init()),
        ]
        let pins = PinSet([try ProtectionTests.pin("library/app:gone"), try ProtectionTests.pin("library/app:ci-1")])
        let hold = ImageHold(.image(try Reference(parsing: "library/web")), owner: "ann", reason: "audit", end: Sample.days(-1))
        var planner = RetentionPlanner(RetentionSettings(classes: classes), pins: pins, holds: [hold], now: Sample.now)
        _ = planner.judge(try Sample.repository([try Sample.artifact(1, ["ci-1"])]))
        #expect(
            planner.summary().findings == [
                .patternWithoutMatch(try DoublestarPattern(parsing: "x/**"), of: "ci"),
                .patternWithoutMatch(try DoublestarPattern(parsing: "pr-*"), of: "ci"), .classWithoutMatch("releases"),
                .pinWithoutImage(try Reference(parsing: "library/app:gone"), source: "cluster"),
                .holdWithoutImage(hold.target, owner: "ann"),
            ])
    }

    @Test("the caps are judged over all repositories")
    func caps() throws {
        var settings = RetentionSettings(classes: [try Sample.all(.init(last: 1)), .init(name: "u", members: .untagged, keep: .init())])
        settings.caps = .init(share: 0.5, count: 2, allowsEmptying: false)
        var planner = RetentionPlanner(settings, now: Sample.now)
        let first = planner.judge(
            try Sample.repository([
                try Sample.artifact(1, ["a"], age: 1), try Sample.artifact(2, ["b", "c"], age: 2), try Sample.artifact(3),
            ]))
        #expect(!first.isEmptied)
        #expect(planner.summary().totals.removed == 2)
        #expect(planner.summary().totals.removedBytes == 200)
        #expect(planner.summary().totals.removedTags == 2)
        #expect(planner.summary().violations.map(\.code) == [.share])
        let second = planner.judge(try Sample.repository([try Sample.artifact(4)], name: "library/web", id: 2))
        #expect(second.isEmptied)
        let summary = planner.summary()
        #expect(summary.totals.share == 0.75)
        #expect(
            summary.violations == [
                .share(removed: 3, of: 4, cap: 0.5), .count(removed: 3, cap: 2),
                .repositoriesEmptied([try RepositoryName(parsing: "library/web")]),
            ])
        #expect(summary.totals.reasons == [.inClass: 3])
        #expect(summary.totals.kept == [.inClass: 1])
    }

    @Test("an empty repository is not emptied, and no artifacts are no share")
    func empty() throws {
        var planner = RetentionPlanner(RetentionSettings(), now: Sample.now)
        #expect(!planner.judge(try Sample.repository([])).isEmptied)
        #expect(planner.summary().totals.share == 0)
        #expect(planner.summary().violations.isEmpty)
    }
}
