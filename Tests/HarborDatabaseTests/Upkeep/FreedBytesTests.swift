import HarborDatabase
import LabServers
import OCIImage
import Testing

@Suite(
    "Freed bytes are what nothing else needs (skipped where PostgreSQL is not installed)", .enabled(if: PostgresCluster.available()),
    .timeLimit(.minutes(3)))
struct FreedBytesTests {
    private let harbor: UpkeepHarbor

    init() throws { harbor = try UpkeepHarbor() }

    private func freed(_ ids: [Int64]) async throws -> (total: FreedBytes, byRepository: [String: FreedBytes]) {
        let (total, byRepository) = try await harbor.inSnapshot { try await $0.freedBytes(removing: ids) }
        return (total, Dictionary(uniqueKeysWithValues: byRepository.map { ($0.key.description, $0.value) }))
    }

    @Test("a layer that a surviving image of any project needs is not freed")
    func survivor() async throws {
        let image = try harbor.image("image", layers: ["own", "shared"])
        try harbor.image("survivor", in: "other/app", project: 2, layers: ["shared"])
        let (total, byRepository) = try await freed([image])
        #expect(total == FreedBytes(blobs: 2, bytes: 110))
        #expect(byRepository == ["plain/app": total])
    }

    @Test("a layer that two removals share counts once in the total, and for a repository only if no other has it")
    func shared() async throws {
        let ids = [
            try harbor.image("a", in: "plain/one", layers: ["base", "inside"]),
            try harbor.image("b", in: "plain/one", layers: ["base", "inside"]),
            try harbor.image("c", in: "plain/two", layers: ["base"]),
        ]
        let (total, byRepository) = try await freed(ids + ids)
        #expect(total == FreedBytes(blobs: 5, bytes: 230))
        #expect(byRepository == ["plain/one": FreedBytes(blobs: 3, bytes: 120), "plain/two": FreedBytes(blobs: 1, bytes: 10)])
    }

    @Test("one manifest in two repositories is freed when both let go")
    func copies() async throws {
        let ids = [
            try harbor.image("image", in: "plain/one", layers: ["layer"]), try harbor.image("image", in: "plain/two", layers: ["layer"]),
        ]
        #expect(try await freed([ids[0]]).total == FreedBytes())
        let both = try await freed(ids)
        #expect(both.total == FreedBytes(blobs: 2, bytes: 110))
        #expect(both.byRepository.isEmpty)
    }

    @Test("the child of an index that stays is not freed")
    func child() async throws {
        try harbor.image("index", type: MediaType.ociIndex)
        let child = try harbor.image("child", layers: ["layer"])
        try harbor.list("child", under: "index")
        #expect(try await freed([child]).total == FreedBytes(blobs: 1, bytes: 100))
    }

    @Test("a foreign layer and what has no row are no bytes")
    func withoutBytes() async throws {
        let image = try harbor.image("image", layers: ["foreign", "missing"])
        try harbor.sql(
            "UPDATE blob SET content_type = '\(MediaType.dockerForeignLayer)' WHERE digest = '\(digest("foreign"))'; DELETE FROM blob WHERE digest = '\(digest("missing"))'"
        )
        #expect(try await freed([image]).total == FreedBytes(blobs: 1, bytes: 10))
    }

    @Test("rows that are not there change nothing, and hundreds of thousands of them can be asked about")
    func unknown() async throws {
        let image = try harbor.image("image", layers: ["layer"])
        #expect(try await freed([]).total == FreedBytes())
        #expect(try await freed([-7, 0]).total == FreedBytes())
        #expect(try await freed(Array(image...(image + 300_000))).total == FreedBytes(blobs: 2, bytes: 110))
    }
}
