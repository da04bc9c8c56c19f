import Foundation
import HarborAPI
import HarborDatabase
import OCIImage
import Retention
import Testing

@testable import Upkeep

@Suite("Who is scanned next")
struct ScanLineTests {
    /// Targets by row; those of `closing` keep somebody from pulling.
    private static func targets(_ rows: [Int64], closing: Set<Int64> = []) throws -> [ScanTarget] {
        try rows.map { row in
            ScanTarget(state: try RescanOrderTests.state(row), rank: .other, scanner: "", closesGate: closing.contains(row))
        }
    }

    /// Begins as many as may; answers with their rows.
    private static func beginAll(_ line: inout ScanLine) -> [Int64] {
        var begun: [Int64] = []
        while case .scan(let target) = line.next() {
            line.begin(target)
            begun.append(target.state.artifact)
        }
        return begun
    }

    private static func isOver(_ line: inout ScanLine) -> Bool { if case .nothing = line.next() { true } else { false } }

    @Test("as many as the width are under way, in order")
    func width() throws {
        let targets = try Self.targets([1, 2, 3])
        var line = ScanLine(targets, width: 2)
        #expect(Self.beginAll(&line) == [1, 2] && !Self.isOver(&line))
        line.end(targets[0])
        #expect(Self.beginAll(&line) == [3] && Self.isOver(&line))
    }

    @Test("of those that close a gate one is under way, and the others do not wait for it")
    func gates() throws {
        let targets = try Self.targets([1, 2, 3, 4], closing: [1, 2])
        var line = ScanLine(targets, width: 4)
        #expect(Self.beginAll(&line) == [1, 3, 4])
        line.end(targets[2])
        #expect(Self.beginAll(&line) == [])
        line.end(targets[0])
        #expect(Self.beginAll(&line) == [2] && Self.isOver(&line))
    }

    @Test("a barred project gets no further turn")
    func barred() throws {
        let targets = try Self.targets([1, 2, 3], closing: [2])
        var line = ScanLine(targets, width: 1)
        #expect(Self.beginAll(&line) == [1])
        line.bar(project: 1)
        line.end(targets[0])
        #expect(Self.isOver(&line))
    }
}

@Suite("Joining and bounding what is due")
struct DueImagesTests {
    private static func state(
        _ artifact: Int64, digest: Int64, repository: String, project: Int64 = 1, _ status: ScanState.Status? = .success,
        index: Bool = false,
        tags: [String] = []
    ) throws -> ScanState {
        ScanState(
            artifact: artifact, repository: try RepositoryName(parsing: repository), projectID: project,
            digest: try Digest(parsing: "sha256:" + String(format: "%08x", digest) + String(repeating: "0", count: 56)),
            tags: try tags.map { try TagName(parsing: $0) }, pushed: RescanOrderTests.now.addingTimeInterval(-90 * 86_400), isIndex: index,
            status: status, started: nil,
            ended: status.map { _ in RescanOrderTests.now.addingTimeInterval(-90_000) }, critical: nil, high: nil, fixable: nil)
    }

    private static func due(
        _ states: [ScanState], patterns: [String] = [], pins: [String] = [], children: [Int64: [Int64]] = [:], limit: Int = .max
    ) throws -> DueImages {
        let projects = ScannedProjects(
            [
                StoredProject(id: 1, name: "open", isProxyCache: false, metadata: [:]),
                StoredProject(id: 2, name: "gated", isProxyCache: false, metadata: ["prevent_vul": "true"]),
            ], patterns: try patterns.map { try .init(parsing: $0) }, usual: "usual", known: ["usual"])
        var due = DueImages(
            order: RescanOrder(now: RescanOrderTests.now, reportAge: .seconds(86_400), limit: limit), projects: projects,
            references: try pins.map { try Reference(parsing: $0) }, children: children)
        for state in states { due.add(state) }
        due.finish()
        return due
    }

    @Test("a manifest in several repositories is scanned once, for the most urgent of them")
    func copies() throws {
        let due = try Self.due(
            [
                Self.state(1, digest: 1, repository: "open/a"), Self.state(2, digest: 2, repository: "open/b"),
                Self.state(3, digest: 1, repository: "open/c", tags: ["run"]),
            ], pins: ["open/c:run"])
        #expect(due.order.targets.map(\.state.artifact) == [3, 2] && due.order.targets[0].copies == 2 && due.order.due == 3)
        #expect(due.pinned == [3])
    }

    @Test("a gate counts where it lets the image pass now, also in a project that is not scanned")
    func gates() throws {
        let due = try Self.due(
            [
                Self.state(1, digest: 1, repository: "gated/a", project: 2),
                Self.state(2, digest: 2, repository: "gated/b", project: 2, .error),
                Self.state(3, digest: 1, repository: "open/a"), Self.state(4, digest: 2, repository: "open/b", .error),
                Self.state(5, digest: 3, repository: "open/c"),
            ], patterns: ["open"])
        let closing = Dictionary(uniqueKeysWithValues: due.order.targets.map { ($0.state.artifact, $0.closesGate) })
        #expect(closing == [3: true, 4: false, 5: false])
    }

    @Test("the most urgent are kept, and all are counted")
    func limit() throws {
        let states = try (1...50).map { try Self.state($0, digest: $0, repository: "open/a", tags: $0 == 50 ? ["1.2.3"] : []) }
        let due = try Self.due(states, limit: 3)
        #expect(due.order.targets.map(\.state.artifact) == [50, 1, 2] && due.order.due == 50 && due.order.images == 50)
    }

    @Test("a pinned reference without a tag means latest, and an index its children")
    func pins() throws {
        let due = try Self.due(
            [
                Self.state(1, digest: 1, repository: "open/a", index: true, tags: ["latest"]),
                Self.state(2, digest: 2, repository: "open/a"),
                Self.state(3, digest: 3, repository: "open/a"),
            ], pins: ["open/a"], children: [1: [3]])
        #expect(due.pinned == [3] && due.order.targets.map(\.rank) == [.pinned, .other])
    }
}

@Suite("What a report has that an earlier one had not")
struct NewFindingsTests {
    private static func finding(_ id: String, _ severity: FindingSeverity, fix: String? = nil, package: String = "zlib")
        -> VulnerabilityReport.Finding
    {
        VulnerabilityReport.Finding(id: id, package: package, version: "1", fixVersion: fix, severity: severity)
    }

    @Test("counts critical and high ones by weakness and package, each once, critical ones named first")
    func counts() {
        let known = [Self.finding("CVE-1", .critical), Self.finding("CVE-2", .high)]
        let report = VulnerabilityReport(
            generated: nil, severity: nil,
            findings: known + [
                Self.finding("CVE-3", .high, fix: "2"), Self.finding("CVE-4", .critical), Self.finding("CVE-4", .critical),
                Self.finding("CVE-5", .medium), Self.finding("CVE-1", .critical, package: "other\nname"),
            ])
        let new = NewFindings(in: report, since: known)
        #expect(new.critical == 2 && new.high == 1 && new.fixable == 1)
        #expect(new.names == ["CVE-1 in other?name", "CVE-4 in zlib", "CVE-3 in zlib, fixed in 2"])
    }

    @Test("names a few of many")
    func bounded() {
        let report = VulnerabilityReport(generated: nil, severity: nil, findings: (1...100).map { Self.finding("CVE-\($0)", .high) })
        let new = NewFindings(in: report, since: [])
        #expect(new.high == 100 && new.names.count == 5)
    }
}
