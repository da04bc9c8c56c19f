import Foundation
import HarborDatabase
import OCIImage
import Testing

@testable import Upkeep

@Suite("Which images are scanned, and in which order")
struct RescanOrderTests {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static func state(
        _ artifact: Int64, _ status: ScanState.Status? = nil, ended hours: Double? = nil, index: Bool = false, tags: [String] = [],
        repository: String = "library/app"
    ) throws -> ScanState {
        ScanState(
            artifact: artifact, repository: try RepositoryName(parsing: repository), projectID: 1,
            digest: try Digest(parsing: "sha256:" + String(repeating: "0", count: 56) + String(format: "%08x", artifact)),
            tags: try tags.map { try TagName(parsing: $0) }, pushed: now.addingTimeInterval(-90 * 86_400), isIndex: index, status: status,
            started: nil, ended: hours.map { now.addingTimeInterval(-$0 * 3600) }, critical: nil, high: nil, fixable: nil)
    }

    private func order(_ images: [(ScanState, ScanTarget.Rank)], age: Duration = .seconds(24 * 3600)) -> RescanOrder {
        var order = RescanOrder(now: Self.now, reportAge: age)
        for (state, rank) in images { order.add(state, rank: rank) }
        order.sort()
        return order
    }

    @Test("running images come first, then releases, then the others")
    func ranks() throws {
        let order = order([
            (try Self.state(1, .success, ended: 900), .other), (try Self.state(2, .success, ended: 100), .release),
            (try Self.state(3, .success, ended: 50), .pinned),
        ])
        #expect(order.targets.map(\.state.artifact) == [3, 2, 1])
    }

    @Test("among equals the oldest report comes first, then what was never scanned, then what failed")
    func places() throws {
        let order = order([
            (try Self.state(1, .error, ended: 500), .other), (try Self.state(2), .other), (try Self.state(3, .success, ended: 30), .other),
            (try Self.state(4, .success, ended: 300), .other), (try Self.state(5, .stopped, ended: 600), .other),
        ])
        #expect(order.targets.map(\.state.artifact) == [4, 3, 2, 5, 1])
        #expect(order.stale == 2)
        #expect(order.neverScanned == 1)
        #expect(order.failed == 2)
    }

    @Test("a report that is young enough, and a scan that is under way, are left alone")
    func leftAlone() throws {
        let order = order([
            (try Self.state(1, .success, ended: 23.9), .pinned), (try Self.state(2, .running), .pinned),
            (try Self.state(3, .pending), .other),
            (try Self.state(4, .scheduled), .release), (try Self.state(5, .success, ended: 24), .other),
        ])
        #expect(order.targets.map(\.state.artifact) == [5])
        #expect(order.fresh == 1)
        #expect(order.underWay == 3)
    }

    @Test("a report without an end is old, whoever made it")
    func withoutEnd() throws {
        #expect(
            order([(try Self.state(1, .success), .other), (try Self.state(2, .other, ended: 1), .other)]).targets.map(\.state.artifact) == [
                1
            ])
    }

    @Test("equal images keep the order of their rows")
    func ties() throws {
        let order = order(try [3, 1, 2].map { (try Self.state($0, .success, ended: 48), .other) })
        #expect(order.targets.map(\.state.artifact) == [1, 2, 3])
    }
}

@Suite("Which images a reference means")
struct ScannedImagesTests {
    private static func reference(_ text: String) throws -> Reference { try Reference(parsing: text) }

    @Test("a tag and a digest mean their image, an index means its children at any depth")
    func references() throws {
        let states = [
            try RescanOrderTests.state(1, tags: ["1.0.0", "latest"]), try RescanOrderTests.state(2, index: true, tags: ["multi"]),
            try RescanOrderTests.state(3), try RescanOrderTests.state(4), try RescanOrderTests.state(5, repository: "library/other"),
        ]
        let images = ScannedImages(states: states, children: [2: [3, 6], 6: [4]])
        #expect(images.rows(of: [try Self.reference("library/app:latest")]) == [1])
        #expect(images.rows(of: [try Self.reference("library/app:multi")]) == [3, 4])
        #expect(images.rows(of: [try Self.reference("library/other@\(states[4].digest)")]) == [5])
        #expect(images.rows(of: [try Self.reference("library/other:latest"), try Self.reference("library/none:1")]).isEmpty)
    }

    @Test("a digest wins over the tag beside it")
    func both() throws {
        let states = [try RescanOrderTests.state(1, tags: ["a"]), try RescanOrderTests.state(2, tags: ["b"])]
        let images = ScannedImages(states: states, children: [:])
        #expect(images.rows(of: [try Self.reference("library/app:a@\(states[1].digest)")]) == [2])
    }

    @Test("the children of a release are releases, and rows that form a circle end the walk")
    func releases() throws {
        let states = [
            try RescanOrderTests.state(1, index: true, tags: ["v2.1.0"]), try RescanOrderTests.state(2),
            try RescanOrderTests.state(3, tags: ["main"]),
        ]
        let images = ScannedImages(states: states, children: [1: [2, 1]])
        #expect(images.isRelease(states[1]))
        #expect(!images.isRelease(states[2]))
    }
}
