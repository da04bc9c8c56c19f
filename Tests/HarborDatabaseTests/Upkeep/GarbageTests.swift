import HarborDatabase
import LabServers
import OCIImage
import Testing

@Suite(
    "Garbage is what Harbor would delete now (skipped where PostgreSQL is not installed)", .enabled(if: PostgresCluster.available()),
    .timeLimit(.minutes(3)))
struct GarbageTests {
    private let harbor: UpkeepHarbor

    init() throws { harbor = try UpkeepHarbor() }

    /// Digests that would go, by the names that the test gave them.
    private func gone(_ names: [String], deletesUntagged: Bool = true, window: Duration = .seconds(7200)) async throws -> [String] {
        let found = Set(
            try await harbor.inSnapshot { try await garbage($0, deletesUntagged: deletesUntagged, window: window) }.blobs.map(\.digest))
        return names.filter { found.contains(digest($0)) }
    }

    @Test("an untagged artifact goes with what only it needs, unless the collection spares the untagged", arguments: [true, false])
    func untagged(_ deletesUntagged: Bool) async throws {
        try harbor.image("tagged", tags: ["v1"], layers: ["shared"])
        let row = try harbor.image("untagged", layers: ["shared", "own"])
        let (blobs, untagged, state) = try await harbor.inSnapshot { try await garbage($0, deletesUntagged: deletesUntagged) }
        guard deletesUntagged else {
            #expect(blobs.isEmpty && untagged.isEmpty)
            return
        }
        #expect(untagged == [UntaggedArtifact(id: row, repository: try RepositoryName(parsing: "plain/app"), digest: digest("untagged"))])
        #expect(
            blobs
                == [
                    GarbageBlob(digest: digest("untagged"), size: 10, reason: .untagged, isManifest: true),
                    GarbageBlob(digest: digest("own"), size: 100, reason: .untagged, isManifest: false),
                ].sorted { $0.digest < $1.digest })
        #expect((state.blobs, state.bytes, state.trash, state.deleteFailed, state.stuck, state.malformed) == (4, 220, 0, 0, 0, 0))
    }

    @Test("children follow an untagged index unless they have a tag or another parent")
    func children() async throws {
        for name in ["only", "tagged", "shared"] { try harbor.image(name, tags: name == "tagged" ? ["v1"] : []) }
        try harbor.image("index", type: MediaType.ociIndex)
        try harbor.image("kept index", tags: ["v2"], type: MediaType.ociIndex)
        for child in ["only", "tagged", "shared"] { try harbor.list(child, under: "index") }
        try harbor.list("shared", under: "kept index")
        let names = ["only", "tagged", "shared", "index", "kept index"]
        #expect(try await gone(names) == ["only", "index"])
        let untagged = try await harbor.inSnapshot { try await garbage($0) }.untagged
        #expect(untagged.map(\.digest) == [digest("only"), digest("index")].sorted())
    }

    @Test("a child goes with the last of its untagged parents, and an index in an index too")
    func nested() async throws {
        for name in ["top", "other top", "middle", "leaf"] {
            try harbor.image(name, type: name == "leaf" ? MediaType.ociManifest : MediaType.ociIndex)
        }
        for (child, parent) in [("middle", "top"), ("middle", "other top"), ("leaf", "middle")] { try harbor.list(child, under: parent) }
        #expect(try await gone(["top", "other top", "middle", "leaf"]) == ["top", "other top", "middle", "leaf"])
        try harbor.tag("other top", "v1")
        #expect(try await gone(["top", "other top", "middle", "leaf"]) == ["top"])
    }

    @Test("indexes that list each other stay, since nothing untagged leads to them")
    func circle() async throws {
        for name in ["a", "b"] { try harbor.image(name, type: MediaType.ociIndex) }
        try harbor.list("a", under: "b")
        try harbor.list("b", under: "a")
        #expect(try await gone(["a", "b"]) == [])
    }

    @Test("a signature follows its untagged image even with a tag, and stays with a tagged one")
    func accessories() async throws {
        try harbor.image("image")
        try harbor.image("signature", tags: ["sha256-x.sig"])
        try harbor.image("its attestation")
        try harbor.image("kept", tags: ["v1"])
        try harbor.image("kept signature")
        try harbor.attach("signature", to: "image")
        try harbor.attach("its attestation", to: "signature")
        try harbor.attach("kept signature", to: "kept")
        #expect(
            try await gone(["image", "signature", "its attestation", "kept", "kept signature"]) == [
                "image", "signature", "its attestation",
            ])
    }

    @Test("a signature that came before its image stays, since Harbor does not find it by the image's row")
    func earlyAccessory() async throws {
        try harbor.image("image")
        try harbor.image("signature")
        try harbor.attach("signature", to: "image", isEarly: true)
        #expect(try await gone(["image", "signature"]) == ["image"])
    }

    @Test("a signature that an index lists stays with the index")
    func listedAccessory() async throws {
        for name in ["image", "signature"] { try harbor.image(name) }
        try harbor.image("index", tags: ["v1"], type: MediaType.ociIndex)
        try harbor.attach("signature", to: "image")
        try harbor.list("signature", under: "index")
        #expect(try await gone(["image", "signature", "index"]) == ["image"])
        try harbor.sql("DELETE FROM tag")
        #expect(try await gone(["image", "signature", "index"]) == ["image", "signature", "index"])
    }

    @Test("a deleted artifact goes whenever it was deleted, until it is pushed again")
    func trash() async throws {
        try harbor.image("image", tags: ["v1"], layers: ["layer", "shared"])
        try harbor.image("other", tags: ["v2"], layers: ["shared"])
        try harbor.delete("image")
        let (blobs, _, state) = try await harbor.inSnapshot { try await garbage($0, deletesUntagged: false) }
        #expect(Set(blobs.map(\.digest)) == [digest("image"), digest("layer")])
        #expect(blobs.allSatisfy { $0.reason == .trash && !$0.isNeeded })
        #expect(state.trash == 1)
        try harbor.image("image", tags: ["v1"], layers: ["layer", "shared"])
        let again = try await harbor.inSnapshot { try await garbage($0) }
        #expect(again.blobs.isEmpty)
        #expect(again.state.trash == 0)
    }

    @Test("what somebody pushed or asked for during the window stays", arguments: [(3600, false), (10800, true)])
    func window(_ age: Int, _ goes: Bool) async throws {
        try harbor.image("image", layers: ["layer"])
        try harbor.sql("UPDATE blob SET update_time = now() - interval '\(age) seconds' WHERE digest = '\(digest("layer"))'")
        #expect(try await gone(["image", "layer"]) == (goes ? ["image", "layer"] : ["image"]))
        #expect(try await gone(["image", "layer"], window: .zero) == ["image", "layer"])
    }

    @Test(
        "a blob that its project does not need goes, though another project's artifact keeps it where both have it",
        arguments: [true, false])
    func perProject(_ bothHaveIt: Bool) async throws {
        try harbor.image("image", in: "other/app", project: 2, tags: ["v1"], layers: ["layer"])
        try harbor.sql("INSERT INTO project_blob (project_id, blob_id) SELECT 1, id FROM blob WHERE digest = '\(digest("layer"))'")
        if !bothHaveIt { try harbor.sql("DELETE FROM project_blob WHERE project_id = 2") }
        let blobs = try await harbor.inSnapshot { try await garbage($0) }.blobs
        if bothHaveIt {
            #expect(blobs.isEmpty)
        } else {
            #expect(blobs.map(\.digest) == [digest("image"), digest("layer")].sorted())
            #expect(blobs.allSatisfy { $0.isNeeded && $0.reason == .unreferenced })
        }
    }

    @Test(
        "a layer that was pushed without a manifest goes, unless its project is deleted and Harbor no longer looks at it",
        arguments: [(1, true), (4, false), (77, false)])
    func abandoned(_ project: Int, _ goes: Bool) async throws {
        try harbor.database.addBlob(digest("layer").description, isOwned: false)
        try harbor.sql(
            "UPDATE blob SET update_time = '2026-01-02'; INSERT INTO project_blob (project_id, blob_id) SELECT \(project), id FROM blob")
        #expect(try await gone(["layer"]) == (goes ? ["layer"] : []))
        try harbor.sql("DELETE FROM project_blob")
        #expect(try await gone(["layer"]) == ["layer"])
    }

    @Test("an untagged artifact of a deleted project takes its contents with it")
    func deletedProject() async throws {
        try harbor.image("image", in: "gone/app", project: 4, layers: ["layer"])
        #expect(try await gone(["image", "layer"]) == ["image", "layer"])
    }

    @Test(
        "what an earlier collection began is taken up, but not where it was deleting",
        arguments: [("delete", true), ("deletefailed", true), ("deleting", false)])
    func status(_ status: String, _ goes: Bool) async throws {
        try harbor.database.addBlob(digest("layer").description, size: 7, status: status, isOwned: false)
        try harbor.sql("UPDATE blob SET update_time = '2026-01-02'")
        let (blobs, _, state) = try await harbor.inSnapshot { try await garbage($0) }
        #expect(blobs.map(\.digest) == (goes ? [digest("layer")] : []))
        #expect((state.deleteFailed, state.stuck, state.bytes) == (status == "deletefailed" ? 1 : 0, status == "deleting" ? 1 : 0, 7))
    }

    @Test("where several reasons hold, the first counts")
    func reasons() async throws {
        try harbor.image("deleted", tags: ["v1"], layers: ["both", "trash only"])
        try harbor.delete("deleted")
        try harbor.image("untagged", layers: ["both"])
        try harbor.database.addBlob(digest("alone").description)
        try harbor.sql("UPDATE blob SET update_time = '2026-01-02'")
        let blobs = try await harbor.inSnapshot { try await garbage($0) }.blobs
        let reasons = Dictionary(uniqueKeysWithValues: blobs.map { ($0.digest, $0.reason) })
        #expect(
            reasons == [
                digest("deleted"): .trash, digest("trash only"): .trash, digest("both"): .untagged, digest("untagged"): .untagged,
                digest("alone"): .unreferenced,
            ])
    }

    @Test("a foreign layer has no bytes, a name that is no digest is counted, every kind of manifest is one")
    func kinds() async throws {
        let types = [
            MediaType.dockerManifest, MediaType.dockerManifestList, MediaType.dockerSchema1, MediaType.dockerSignedSchema1,
            MediaType.ociManifest,
            MediaType.ociIndex,
        ]
        for (number, type) in types.enumerated() { try harbor.database.addBlob(digest("\(number)").description, type: type, size: 5) }
        try harbor.database.addBlob(digest("foreign").description, type: MediaType.dockerForeignLayer, size: 1000)
        try harbor.database.addBlob("sha256:none")
        try harbor.sql("UPDATE blob SET update_time = '2026-01-02'")
        let (blobs, _, state) = try await harbor.inSnapshot { try await garbage($0) }
        #expect(blobs.filter(\.isManifest).count == types.count)
        #expect(blobs.map(\.digest) == blobs.map(\.digest).sorted())
        #expect(blobs.reduce(0) { $0 + $1.size } == 30)
        #expect(blobs.first { $0.digest == digest("foreign") }?.size == 0)
        #expect((state.blobs, state.bytes, state.malformed) == (8, 31, 1))
    }

    @Test("what a collection leaves is what artifacts still need")
    func complement() async throws {
        for number in 0..<12 {
            try harbor.image(
                "i\(number)", tags: number.isMultiple(of: 3) ? ["v\(number)"] : [], layers: ["l\(number % 5)", "own\(number)"])
        }
        let (blobs, needed) = try await harbor.inSnapshot { harbor in
            (try await garbage(harbor).blobs.map(\.digest), try await needs(harbor).blobs.map(\.digest))
        }
        let stays = Set((0..<12).filter { $0.isMultiple(of: 3) }.flatMap { [digest("i\($0)"), digest("l\($0 % 5)"), digest("own\($0)")] })
        #expect(Set(needed).subtracting(blobs) == stays)
        #expect(Set(blobs).isDisjoint(with: stays))
    }
}
