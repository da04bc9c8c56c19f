import HarborDatabase
import LabServers
import OCIImage
import Testing

@Suite(
    "What artifacts consist of (skipped where PostgreSQL is not installed)", .enabled(if: PostgresCluster.available()),
    .timeLimit(.minutes(3)))
struct ContentsTests {
    private let harbor: UpkeepHarbor

    init() throws { harbor = try UpkeepHarbor() }

    private func contents(_ ids: [Int64]) async throws -> [String: String] {
        let contents = try await harbor.inSnapshot { try await $0.contents(of: ids) }
        return Dictionary(uniqueKeysWithValues: contents.map { ($0.key.description, $0.value.description) })
    }

    @Test("is manifests and all that they refer to, each once, with a repository that needs it")
    func contents() async throws {
        let ids = [
            try harbor.image("a", in: "plain/one", layers: ["base", "own"]), try harbor.image("b", in: "plain/two", layers: ["base"]),
        ]
        try harbor.image("c", in: "plain/three", layers: ["elsewhere"])
        #expect(
            try await contents(ids + [999_999]) == [
                "\(digest("a"))": "plain/one", "\(digest("b"))": "plain/two", "\(digest("base"))": "plain/one",
                "\(digest("own"))": "plain/one",
            ])
        #expect(try await contents([]).isEmpty)
    }

    @Test("leaves out foreign layers, and what a proxy cache never pulled")
    func left() async throws {
        let image = try harbor.image("image", layers: ["foreign"])
        try harbor.sql("UPDATE blob SET content_type = '\(MediaType.dockerForeignLayer)' WHERE digest = '\(digest("foreign"))'")
        let index = try harbor.image("index", in: "cache/app", project: 3, type: MediaType.ociIndex, layers: ["absent"])
        #expect(Set(try await contents([image, index]).keys) == ["\(digest("image"))", "\(digest("index"))"])
    }

    @Test("tells which rows are there")
    func existing() async throws {
        let image = try harbor.image("image")
        #expect(try await harbor.inSnapshot { try await $0.existing([image, 999_999]) } == [image])
    }
}
