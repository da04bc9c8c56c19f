import Foundation
import JobEngine
import Retention
import Testing
import Upkeep

@testable import Assembly

@Suite("Options of the jobs that keep a registry tidy")
struct UpkeepOptionsTests {
    private static func work(_ job: String, in text: String) throws -> JobWork {
        try #require(try Configuration.parse(text, file: "x").jobs.first { $0.name == job }).work
    }

    /// A registry host with one job that has no options.
    private static func plain(_ kind: String) -> String {
        ConfigurationSamples.writer(
            replacing: "  gc:\n    schedule: \"@daily\"\n    requires: {complete_snapshot: 26h}\n", with: "  \(kind): {schedule: manual}\n")
    }

    private static func patterns(_ texts: String...) throws -> [DoublestarPattern] { try texts.map { try DoublestarPattern(parsing: $0) } }

    @Test("every option of a collection is read")
    func collection() throws {
        #expect(
            try Self.work("gc", in: ConfigurationSamples.upkeep)
                == .gc(
                    CollectionSettings(
                        deletesUntagged: true, workers: 4, window: .seconds(3 * 3600), share: 0.05, count: 200, requiresCoverage: false,
                        stall: .seconds(7200))))
    }

    @Test("every option of a rescan is read")
    func rescan() throws {
        #expect(
            try Self.work("rescan", in: ConfigurationSamples.upkeep)
                == .rescan(
                    RescanSettings(
                        projects: try Self.patterns("team-*", "library"), reportAge: .seconds(12 * 3600), databaseAge: .seconds(36 * 3600),
                        wave: 8, perMinute: 30, queueDepth: 10, window: .seconds(5 * 3600), stuckAfter: .seconds(1200))))
    }

    @Test("every option of a retention is read, its classes in the order of the file")
    func retention() throws {
        // Berlin's midnight is 23:00 of the day before in UTC.
        let start = try Date("2026-12-31T23:00:00Z", strategy: .iso8601)
        let releases = RetentionClass(
            name: "releases", repositories: try Self.patterns("team-*/**"), exceptRepositories: try Self.patterns("team-a/tools"),
            members: .versions(prereleases: false),
            keep: .init(last: 5, line: .minor, pushedWithin: .seconds(365 * 86_400), pulledWithin: .seconds(30 * 86_400)))
        let branches = RetentionClass(
            name: "branches", labels: ["ci"], members: .tags(try Self.patterns("*"), except: try Self.patterns("latest")), keep: .init())
        let rest = RetentionClass(name: "rest", members: .untagged, keep: .init(all: true))
        #expect(
            try Self.work("retention", in: ConfigurationSamples.upkeep)
                == .retention(
                    RetentionSettings(
                        projects: try Self.patterns("team-*"), mode: .enforce(from: start), classes: [releases, branches, rest],
                        followsHarborPolicies: true, rollbackReleases: 2, keepsSignedReleases: false,
                        caps: .init(share: 0.125, count: 500, allowsEmptying: true), deletionsPerMinute: 90)))
    }

    @Test("the list of running images is read from its files and commands")
    func pins() throws {
        let pins = try Configuration.parse(ConfigurationSamples.upkeep, file: "x").pins
        #expect(
            pins
                == PinSettings(
                    sources: [
                        .init(name: "staging", origin: .file("/var/lib/pins/staging")),
                        .init(
                            name: "production",
                            origin: .command(["kubectl", "get", "pods", "-A", "jsonpath={..image}"], limit: .seconds(30))),
                    ], greatestAge: .seconds(12 * 3600), registries: ["registry.internal:5000", "registry"], least: 3))
    }

    @Test("what is left out has its default")
    func defaults() throws {
        #expect(try Self.work("gc", in: Self.plain("gc")) == .gc(CollectionSettings()))
        #expect(try Self.work("rescan", in: Self.plain("rescan")) == .rescan(RescanSettings()))
        #expect(try Self.work("retention", in: Self.plain("retention")) == .retention(RetentionSettings(followsHarborPolicies: true)))
        let text = ConfigurationSamples.writer(
            replacing: "listen:", with: "pins: {commands: {all: {run: /usr/local/bin/images-in-use}}}\nlisten:")
        let pins = try #require(try Configuration.parse(text, file: "x").pins)
        #expect(
            pins == PinSettings(sources: [.init(name: "all", origin: .command(["/usr/local/bin/images-in-use"], limit: .seconds(60)))]))
        #expect(try Configuration.parse(ConfigurationSamples.writer, file: "x").pins == nil)
    }

    @Test("classes alone leave Harbor's policies out")
    func classesAlone() throws {
        let text = Self.plain("retention").replacing(
            "{schedule: manual}", with: "{schedule: manual, classes: {old: {tags: [\"tmp-*\", \"wip-*\"], keep: {pushed_within: 7d}}}}")
        let old = RetentionClass(
            name: "old", members: .tags(try Self.patterns("tmp-*", "wip-*"), except: []), keep: .init(pushedWithin: .seconds(7 * 86_400)))
        #expect(try Self.work("retention", in: text) == .retention(RetentionSettings(classes: [old])))
    }

    @Test(
        "members and what stays of them",
        arguments: [
            ("versions: all, keep: {last: 1}", .versions(prereleases: true), .init(last: 1)),
            ("versions: releases, keep: {last: 2, per: major}", .versions(prereleases: false), .init(last: 2, line: .major)),
            ("untagged: true, keep: {last: 3, per: repository}", .untagged, .init(last: 3)),
            ("untagged: true, keep: {pulled_within: 1d}", .untagged, .init(pulledWithin: .seconds(86_400))),
            ("untagged: true, keep: none", .untagged, .init()), ("untagged: true, keep: all", .untagged, .init(all: true)),
        ] as [(String, RetentionClass.Members, RetentionClass.Keep)])
    func members(text: String, members: RetentionClass.Members, keep: RetentionClass.Keep) throws {
        let work = try Self.work(
            "retention",
            in: Self.plain("retention").replacing("{schedule: manual}", with: "{schedule: manual, classes: {only: {\(text)}}}"))
        #expect(work == .retention(RetentionSettings(classes: [RetentionClass(name: "only", members: members, keep: keep)])))
    }

    @Test(
        "deletions begin at a time, at the first moment of a day, or at once",
        arguments: [
            ("enforce_from: 2027-03-28, timezone: Europe/Berlin", "2027-03-27T23:00:00Z"),
            ("enforce_from: 2027-03-28", "2027-03-28T00:00:00Z"),
            ("timezone: Asia/Kolkata, enforce_from: 2027-01-01T04:30:00Z", "2027-01-01T04:30:00Z"), ("retries: 0", nil),
        ] as [(String, String?)])
    func start(text: String, time: String?) throws {
        let work = try Self.work(
            "retention", in: Self.plain("retention").replacing("{schedule: manual}", with: "{schedule: manual, mode: enforce, \(text)}"))
        let start = try time.map { try Date($0, strategy: .iso8601) }
        #expect(work == .retention(RetentionSettings(mode: .enforce(from: start), followsHarborPolicies: true)))
    }

    @Test("a backup waits ten minutes for a collection unless told otherwise", arguments: [(nil, 600), ("90s", 90), ("0s", 0)])
    func holdWait(text: String?, seconds: Int) throws {
        let sample = text.map { ConfigurationSamples.writer(replacing: "  username", with: "  hold_wait: \($0)\n  username") }
        let harbor = try #require(try Configuration.parse(sample ?? ConfigurationSamples.writer, file: "x").harbor)
        #expect(harbor.holdWait == .seconds(seconds))
    }

    @Test("every key that a kind has is read by it", arguments: JobKind.allCases)
    func ownKeys(kind: JobKind) throws {
        for key in JobWork.ownKeys(of: kind) {
            let problems = ConfigurationSamples.problems(
                "vaults: {v: {target: {filesystem: /v}, signers: [\"\(ExampleKeys.signer)\"]}}\njobs: {x: {kind: \(kind.rawValue), schedule: manual, \(key): }}"
            )
            #expect(problems.contains { $0.what == "'jobs.x.\(key)' has no value" }, "\(key): \(problems)")
        }
    }

    @Test("the report names what lists the running images and whether a retention deletes")
    func report() throws {
        let configuration = try Configuration.parse(ConfigurationSamples.upkeep, file: "x")
        let report = ConfigurationReport(configuration, plan: FileSetPlan(sets: [], secretKeyPath: nil, findings: []))
        #expect(report.pins == ["staging", "production"])
        #expect(report.jobs.map(\.mode) == [nil, nil, "enforce from 2026-12-31T23:00:00Z", nil, nil, nil])
        let lines = report.description.split(separator: "\n")
        #expect(lines.contains("pins: staging, production"))
        #expect(
            lines.contains(
                "job retention: '0 4 * * *' Europe/Berlin, at most 1d, vault main, mode enforce from 2026-12-31T23:00:00Z"))
        #expect(try JSONDecoder().decode(ConfigurationReport.self, from: JSONEncoder().encode(report)).description == report.description)
    }
}
