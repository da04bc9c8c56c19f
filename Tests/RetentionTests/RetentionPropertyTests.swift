import Foundation
import HarborDatabase
import OCIImage
import Retention
import Testing

/// Registries by chance, each from a seed that names it.
@Suite("Whatever is in a registry")
struct RetentionPropertyTests {
    typealias Sample = SampleRegistry

    private static let seeds = Array(UInt64(1)...60)

    private static let rules = [
        Sample.rule("latestPushedK", "3"), Sample.rule("latestPulledN", "2"), Sample.rule("nDaysSinceLastPush", "9"),
        Sample.rule("always", tags: [Sample.selector("matches", "v*", extras: "{}")]),
        Sample.rule("latestActiveK", "4", tags: [Sample.selector("excludes", "{ci,dev}-*")]),
    ]

    private func repository(_ random: inout SplitMix) throws -> StoredRepository {
        var artifacts: [StoredArtifact] = []
        for id in Int64(1)...40 {
            let number = Int.random(in: 0...30, using: &random)
            let names = ["ci-\(number)", "v1.\(number).0", "dev-\(number)", "1.0.\(number)-rc.1", "main\(id)"].map { "\($0)" }
            let tags = names.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
            let earlier = id > 1 ? (0..<2).map { _ in Int64.random(in: 1..<id, using: &random) } : []
            let kind = Int.random(in: 0..<8, using: &random)
            artifacts.append(
                try Sample.artifact(
                    id, tags, age: Double.random(in: 0...40, using: &random),
                    pulled: kind.isMultiple(of: 2) ? Double.random(in: 0...40, using: &random) : nil,
                    parents: kind < 3 ? Array(Set(earlier)).sorted() : [], subject: kind == 3 || kind == 0 ? earlier.first : nil))
        }
        return try Sample.repository(artifacts)
    }

    private func settings() throws -> RetentionSettings {
        RetentionSettings(
            classes: [
                .init(name: "ci", members: .tags(try Sample.patterns("{ci,dev}-*"), except: []), keep: .init(last: 2)),
                .init(name: "versions", members: .versions(prereleases: true), keep: .init(last: 1, line: .minor)),
                .init(name: "untagged", members: .untagged, keep: .init(pushedWithin: .seconds(86_400))),
            ], followsHarborPolicies: true)
    }

    private func removed(_ repository: StoredRepository, _ rules: [String], pins: [PinSet.Pin] = []) throws -> Set<Int64> {
        var planner = RetentionPlanner(
            try settings(), policies: [Sample.policy(rules)], pins: PinSet(pins), now: Sample.now)
        let verdict = planner.judge(repository)
        return Set(zip(repository.artifacts, verdict.decisions).filter { $0.1.isRemoval }.map(\.0.id))
    }

    private func pins(_ repository: StoredRepository, _ random: inout SplitMix) throws -> [PinSet.Pin] {
        try repository.artifacts.filter { _ in Int.random(in: 0..<8, using: &random) == 0 }.map { artifact in
            let tag = artifact.tags.randomElement(using: &random)
            let target = tag.map { ":\($0.name)" } ?? "@\(artifact.digest)"
            return try ProtectionTests.pin("library/app\(target)")
        }
    }

    @Test("nothing that runs goes, nor does what Harbor would delete it with", arguments: seeds)
    func pinned(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let repository = try repository(&random)
        let pins = try pins(repository, &random)
        let removed = try removed(repository, Self.rules, pins: pins)
        let runs = Set(pins.map(\.reference.description))
        for artifact in repository.artifacts {
            let names = artifact.tags.map { "library/app:\($0.name)" } + ["library/app@\(artifact.digest)"]
            guard names.contains(where: runs.contains) else { continue }
            #expect(!removed.contains(artifact.id))
            if let subject = artifact.subject?.id { #expect(!removed.contains(subject)) }
            if artifact.tags.isEmpty { #expect(removed.isDisjoint(with: artifact.parents)) }
        }
    }

    @Test("what stays is not taken along by what goes", arguments: seeds)
    func closed(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let repository = try repository(&random)
        let removed = try removed(repository, Array(Self.rules.prefix(2)), pins: try pins(repository, &random))
        for artifact in repository.artifacts {
            let staying = artifact.parents.filter { !removed.contains($0) }
            if removed.contains(artifact.id) {
                #expect(staying.isEmpty, "Harbor refuses to delete what an index lists")
            } else if artifact.tags.isEmpty, !artifact.parents.isEmpty {
                #expect(!staying.isEmpty, "Harbor deletes it with its indexes")
            }
            if let subject = artifact.subject?.id, removed.contains(artifact.id) { #expect(removed.contains(subject)) }
        }
    }

    @Test("a pin more never removes more", arguments: seeds)
    func morePins(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let repository = try repository(&random)
        let pins = try pins(repository, &random)
        var before = try removed(repository, Self.rules)
        for count in 1...max(1, pins.count) {
            let after = try removed(repository, Self.rules, pins: Array(pins.prefix(count)))
            #expect(after.isSubset(of: before))
            before = after
        }
    }

    @Test("a rule more in a policy that is at work never removes more", arguments: seeds)
    func moreRules(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let repository = try repository(&random)
        let rules = Self.rules.shuffled(using: &random)
        var before = try removed(repository, Array(rules.prefix(1)))
        for count in 2...rules.count {
            let after = try removed(repository, Array(rules.prefix(count)))
            #expect(after.isSubset(of: before))
            before = after
        }
    }

    @Test("every artifact has one decision, and the sums agree", arguments: seeds)
    func complete(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let repository = try repository(&random)
        var planner = RetentionPlanner(try settings(), policies: [Sample.policy(Self.rules)], now: Sample.now)
        let verdict = planner.judge(repository)
        let totals = planner.summary().totals
        #expect(verdict.decisions.count == repository.artifacts.count)
        #expect(totals.kept.values.reduce(0, +) + totals.removed == repository.artifacts.count)
        #expect(totals.reasons.values.reduce(0, +) == totals.removed)
    }
}
