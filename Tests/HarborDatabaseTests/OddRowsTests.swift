import HarborDatabase
import HarborLab
import LabServers
import OCIImage
import Postgres
import Testing

@Suite(
    "Rows of every oddity are read (skipped where PostgreSQL is not installed)", .enabled(if: PostgresCluster.available()),
    .timeLimit(.minutes(3)))
struct OddRowsTests {
    private let harbor: EmptyHarbor

    init() throws {
        harbor = try EmptyHarbor()
        try harbor.sql(
            "INSERT INTO harbor_user (user_id, username, email, password, realname) VALUES (901, 'u', 'u', '', '') ON CONFLICT DO NOTHING")
        try harbor.sql(
            """
            INSERT INTO project (project_id, owner_id, name, deleted, registry_id) VALUES
            (1, 901, 'plain', false, NULL), (2, 901, 'cache', false, 7), (3, 901, 'zero', false, 0), (4, 901, 'gone#4', true, NULL)
            ON CONFLICT (project_id) DO UPDATE SET name = excluded.name, registry_id = excluded.registry_id, deleted = excluded.deleted
            """)
    }

    @Test("a database that is not Harbor's is refused by name")
    func notHarbor() async throws {
        let empty = try EmptyHarbor(withTables: false)
        let failure = await #expect(throws: HarborDatabaseError.self) { try await empty.inSnapshot { try await $0.schemaVersion() } }
        #expect(failure?.code == .notHarbor)
        #expect(failure?.description.contains(empty.name) == true)
        // Another program that uses the same migration tool.
        try empty.sql("CREATE TABLE schema_migrations (version bigint, dirty boolean); INSERT INTO schema_migrations VALUES (180, false)")
        await #expect(throws: HarborDatabaseError.self) { try await empty.inSnapshot { try await $0.schemaVersion() } }
        try harbor.sql("DELETE FROM schema_migrations")
        let unset = await #expect(throws: HarborDatabaseError.self) { try await harbor.inSnapshot { try await $0.schemaVersion() } }
        #expect(unset?.problem.contains("empty") == true)
    }

    @Test(
        "dirty, old and new schemas are told, not refused", arguments: [(119, false), (120, true), (181, true), (190, true), (200, false)])
    func versions(_ version: Int, _ isTested: Bool) async throws {
        try harbor.sql("DELETE FROM schema_migrations; INSERT INTO schema_migrations VALUES (\(version), true)")
        let found = try await harbor.inSnapshot { try await $0.schemaVersion() }
        #expect(found == SchemaVersion(version: version, isDirty: true))
        #expect(found.isTested == isTested)
        #expect((found.harborReleases != nil) == isTested)
    }

    @Test("what is no digest becomes a finding")
    func malformed() async throws {
        let sound = digest("image")
        try harbor.addArtifact(sound.description, in: "plain/app", blobs: ["sha256:short", "tab\there", "back\\slash"])
        try harbor.addArtifact("sha256:ZZ", in: "plain/app")
        try harbor.addBlob("line\nbreak")
        try harbor.addBlob(String(repeating: "x", count: 255))
        let (blobs, summary) = try await harbor.inSnapshot { try await needs($0) }
        #expect(blobs.map(\.digest) == [sound])
        #expect(summary.malformed == 6)
        let texts = Set(summary.malformedSamples.map(\.text))
        #expect(texts == ["sha256:short", "tab\there", "back\\slash", "sha256:ZZ", "line\nbreak", String(repeating: "x", count: 200)])
        #expect(summary.malformedSamples.first { $0.text == "sha256:ZZ" }?.role == .manifest)
        let artifacts = try await harbor.inSnapshot { try await inventory($0) }.lines.artifacts
        #expect(artifacts.map(\.digest) == [sound])
        #expect(artifacts.first?.blobs == [sound])
    }

    @Test("blobs without an image are unreferenced, unless they wait for collection or no project has them")
    func unreferenced() async throws {
        let (free, dying, orphan, failed) = (digest("free"), digest("dying"), digest("orphan"), digest("failed"))
        try harbor.addBlob(free.description, size: 7)
        try harbor.addBlob(dying.description, status: "delete")
        try harbor.addBlob(orphan.description, isOwned: false)
        try harbor.addBlob(failed.description, status: "deletefailed")
        // Of a deleted artifact, whose rows wait for garbage collection.
        let deleted = digest("deleted")
        try harbor.sql(
            "INSERT INTO artifact_blob (digest_af, digest_blob) VALUES ('\(deleted)', '\(digest("its layer"))'), ('\(deleted)', '\(deleted)')"
        )
        let (blobs, summary) = try await harbor.inSnapshot { try await needs($0) }
        #expect(blobs == [NeededBlob(digest: free, size: 7, mediaType: MediaType.ociLayer, role: .unreferenced, isForeign: false)])
        #expect(summary.unreferenced == 1)
    }

    @Test("an image's layer is needed whatever its blob row says, and without one")
    func withoutBlobRow() async throws {
        let (image, layer, dying) = (digest("image"), digest("layer"), digest("dying"))
        try harbor.addArtifact(image.description, in: "plain/app", blobs: [layer.description, dying.description])
        try harbor.addBlob(dying.description, status: "deleting", isOwned: false)
        let blobs = try await harbor.inSnapshot { try await needs($0) }.blobs
        #expect(Set(blobs.map(\.digest)) == [image, layer, dying])
        #expect(blobs.first { $0.digest == layer } == NeededBlob(digest: layer, size: nil, mediaType: nil, role: .layer, isForeign: false))
        #expect(blobs.first { $0.digest == dying }?.role == .layer)
    }

    @Test("an image that is another's layer is a manifest once")
    func manifestAndLayer() async throws {
        let (child, index) = (digest("child"), digest("index"))
        try harbor.addArtifact(child.description, in: "plain/app")
        try harbor.addArtifact(index.description, in: "plain/app", manifestType: MediaType.ociIndex, blobs: [child.description])
        try harbor.addArtifact(child.description, in: "zero/copy", project: 3)
        let blobs = try await harbor.inSnapshot { try await needs($0) }.blobs
        #expect(blobs.map(\.digest) == [child, index].sorted())
        #expect(blobs.allSatisfy { $0.role == .manifest })
    }

    @Test("digests of both algorithms come in one order")
    func order() async throws {
        let all = (0..<40).map { digest("\($0)", $0.isMultiple(of: 3) ? .sha512 : .sha256) }
        try harbor.addArtifact(digest("image").description, in: "plain/app", blobs: all.map(\.description))
        let blobs = try await harbor.inSnapshot { try await needs($0) }.blobs
        #expect(blobs.map(\.digest) == (all + [digest("image")]).sorted())
    }

    @Test("a missing child is absent in a proxy cache only", arguments: [(1, 0), (2, 1), (3, 0)])
    func proxyCache(_ project: Int, _ absent: Int) async throws {
        let (index, child) = (digest("index"), digest("child"))
        try harbor.addArtifact(
            index.description, in: "p\(project)/app", project: project, manifestType: MediaType.ociIndex, blobs: [child.description])
        let (blobs, count, still, lines) = try await harbor.inSnapshot {
            (
                try await needs($0).blobs, try await $0.absentChildren(), try await $0.stillNeeded([child, index]),
                try await inventory($0).lines
            )
        }
        #expect(count == absent)
        #expect(blobs.contains { $0.digest == child } == (absent == 0))
        #expect(still == (absent == 0 ? [child, index] : [index]))
        #expect(lines.artifacts.first?.blobs == (absent == 0 ? [child, index].sorted() : [index]))
    }

    @Test("an index that is both cached and pushed needs its children")
    func cachedAndPushed() async throws {
        let (index, child) = (digest("index"), digest("child"))
        try harbor.addArtifact(index.description, in: "cache/app", project: 2, manifestType: MediaType.ociIndex, blobs: [child.description])
        try harbor.addArtifact(index.description, in: "plain/app", project: 1, manifestType: MediaType.ociIndex)
        let (blobs, absent, still) = try await harbor.inSnapshot {
            (try await needs($0).blobs, try await $0.absentChildren(), try await $0.stillNeeded([child]))
        }
        #expect(blobs.contains { $0.digest == child && $0.role == .layer })
        #expect(absent == 0)
        #expect(still == [child])
    }

    @Test("a foreign layer is unreferenced, not in the inventory, and not needed still")
    func foreign() async throws {
        let (image, layer) = (digest("image"), digest("foreign"))
        try harbor.addArtifact(image.description, in: "plain/windows", blobs: [layer.description])
        try harbor.addBlob(layer.description, type: "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", isOwned: false)
        let (need, lines, still) = try await harbor.inSnapshot {
            (try await needs($0), try await inventory($0).lines, try await $0.stillNeeded([layer, image]))
        }
        #expect(need.blobs.first { $0.digest == layer }?.isForeign == true)
        #expect(need.blobs.first { $0.digest == layer }?.role == .unreferenced)
        #expect(need.summary.foreign == 1)
        #expect(lines.artifacts.first?.blobs == [image])
        #expect(still == [image])
    }

    @Test("a media type with tabs, backslashes and other scripts comes through")
    func mediaTypes() async throws {
        let types = (0..<50).map { "application/x-\($0)\t\\N\\\\ \"é\u{1F600}'" }
        for (number, type) in types.enumerated() {
            try harbor.addBlob(digest("\(number)").description, type: type.replacing("'", with: "''"))
        }
        for _ in 0..<2 {
            let blobs = try await harbor.inSnapshot { try await needs($0) }.blobs
            #expect(Set(blobs.compactMap(\.mediaType)) == Set(types))
        }
    }

    @Test("texts in the inventory survive quotes, backslashes and line breaks")
    func inventoryTexts() async throws {
        let odd = "IMAGE \"x\" \\ \n\t\r é \u{1F600} '"
        try harbor.addArtifact(digest("image").description, in: "plain/app")
        try harbor.sql(
            """
            UPDATE artifact SET type = E'IMAGE "x" \\\\ \\n\\t\\r é \u{1F600} ''', push_time = '2026-01-02 03:04:05.6', size = 9007199254740993;
            UPDATE project SET name = E'odd \\\\ "name"\\n' WHERE project_id = 4
            """)
        let (lines, texts, _) = try await harbor.inSnapshot { try await inventory($0) }
        let artifact = try #require(lines.artifacts.first)
        #expect(artifact.type == odd)
        #expect(artifact.pushTime == "2026-01-02T03:04:05.600000Z")
        #expect(artifact.size == 9_007_199_254_740_993)
        #expect(lines.projects.contains(InventoryProject(name: "odd \\ \"name\"\n", deleted: true)))
        #expect(texts.allSatisfy { !$0.contains("\n") })
    }

    @Test("names that no registry could hold are left out, odd ones that it can hold are not")
    func names() async throws {
        let sound = ["a", "a__b/c", "a---b", "a.b_c-d/e/f", "0/1", String(repeating: "a", count: 255)]
        let broken = ["", "A", "a..b", "a___b", "a//b", "/a", "a/", "-a", "a-", "a._b", "a-_b", "a_-b", "é", "a b", "a/-b", "a\nb", "a./b"]
        for name in sound + broken { try harbor.addArtifact(digest("image").description, in: name) }
        for (number, tag) in [
            "v1", "_", "A.b-c_d", String(repeating: "t", count: 128), ".x", "-x", "a b", "", "é", String(repeating: "t", count: 129),
        ]
        .enumerated() {
            try harbor.sql(
                "INSERT INTO tag (repository_id, artifact_id, name) SELECT repository_id, id, '\(tag)' FROM artifact WHERE repository_name = 'a' -- \(number)"
            )
        }
        let artifacts = try await harbor.inSnapshot { try await inventory($0) }.lines.artifacts
        #expect(artifacts.map(\.repository.description) == sound.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(
            artifacts.first { $0.repository.description == "a" }?.tags.map(\.description) == [
                "A.b-c_d", "_", String(repeating: "t", count: 128), "v1",
            ])
        // The parser of names agrees with the query.
        for name in sound { #expect((try? RepositoryName(parsing: name)) != nil, "\(name)") }  // nil is a failure of the expectation
        for name in broken { #expect((try? RepositoryName(parsing: name)) == nil, "\(name)") }  // nil is what is expected
    }

    @Test("an accessory that came before its subject is found by repository and digest")
    func earlyAccessory() async throws {
        let (subject, signature) = (digest("subject"), digest("signature"))
        try harbor.addArtifact(signature.description, in: "plain/app")
        try harbor.sql(
            """
            INSERT INTO artifact_accessory (artifact_id, type, digest, subject_artifact_digest, subject_artifact_repo)
            SELECT id, 'signature.notation', digest, '\(subject)', 'plain/app' FROM artifact
            """)
        let before = try await harbor.inSnapshot { try await inventory($0) }.lines.artifacts
        #expect(before.first?.subject == subject)
        try harbor.addArtifact(subject.description, in: "plain/app")
        try harbor.addArtifact(subject.description, in: "plain/other")
        let after = try await harbor.inSnapshot { try await inventory($0) }.lines.artifacts
        let own = try #require(after.first { $0.digest == subject && $0.repository.description == "plain/app" })
        #expect(own.accessories == [.init(digest: signature, type: "signature.notation")])
        #expect(after.first { $0.repository.description == "plain/other" }?.accessories == [])
    }

    @Test("indexes in indexes are followed to the top, also where rows form a circle")
    func nestedIndexes() async throws {
        let names = ["leaf", "middle", "top", "beside"].map { digest($0) }
        for name in names {
            try harbor.addArtifact(name.description, in: "plain/app", blobs: name == names[0] ? [digest("layer").description] : [])
        }
        for (parent, child) in [(1, 0), (2, 1), (0, 2)] {
            try harbor.sql(
                """
                INSERT INTO artifact_reference (parent_id, child_id, child_digest) SELECT p.id, c.id, c.digest FROM artifact p, artifact c
                WHERE p.digest = '\(names[parent])' AND c.digest = '\(names[child])'
                """)
        }
        let images = try await harbor.inSnapshot { try await $0.imagesAffected(by: [digest("layer"), names[1], digest("layer")]) }
        #expect(images.map(\.digest) == [names[0], names[1], names[2]].sorted())
        #expect(images.allSatisfy { $0.digests == [digest("layer"), names[1]].sorted() })
    }

    @Test("thousands of digests are asked about in pieces")
    func manyDigests() async throws {
        try harbor.addArtifact(digest("image").description, in: "plain/app", blobs: [digest("layer").description])
        let asked = (0..<4500).map { digest("unknown \($0)") } + [digest("layer")]
        let (still, images) = try await harbor.inSnapshot { (try await $0.stillNeeded(asked), try await $0.imagesAffected(by: asked)) }
        #expect(still == [digest("layer")])
        #expect(images.map(\.digest) == [digest("image")])
        #expect(try await harbor.inSnapshot { try await $0.stillNeeded([]) }.isEmpty)
    }

    @Test("an error of the receiver ends the stream and reaches the caller")
    func receiverFails() async throws {
        struct Enough: Error {}
        try harbor.addBlob(digest("a").description)
        await #expect(throws: Enough.self) { try await harbor.inSnapshot { _ = try await $0.neededBlobs { _ in throw Enough() } } }
        await #expect(throws: Enough.self) { try await harbor.inSnapshot { _ = try await $0.inventory { _ in throw Enough() } } }
    }

    @Test("outside a transaction the answers are the same, and settings do not stay")
    func plainConnection() async throws {
        try harbor.addArtifact(digest("image").description, in: "plain/app")
        let connection = try await harbor.connect()
        let before = try await connection.query("SELECT current_setting('work_mem') AS value").first?["value"]
        #expect(try await needs(HarborDatabase(connection: connection)).blobs.count == 1)
        #expect(try await connection.query("SELECT current_setting('work_mem') AS value").first?["value"] == before)
        await connection.close()
    }

    @Test("tens of thousands of rows stream in order")
    func volume() async throws {
        try harbor.sql(
            """
            INSERT INTO repository (name, project_id) SELECT 'plain/r' || g, 1 FROM generate_series(1, 50) g;
            INSERT INTO artifact (project_id, repository_name, digest, type, repository_id, media_type, manifest_media_type, artifact_type)
            SELECT 1, r.name, 'sha256:' || encode(sha256(('m' || g)::bytea), 'hex'), 'IMAGE', r.repository_id, 'c', '\(MediaType.ociManifest)', 'c'
            FROM generate_series(1, 5000) g JOIN repository r ON r.name = 'plain/r' || (1 + g % 50);
            INSERT INTO artifact_blob (digest_af, digest_blob)
            SELECT 'sha256:' || encode(sha256(('m' || g)::bytea), 'hex'), 'sha256:' || encode(sha256(('l' || (g * k) % 20000)::bytea), 'hex')
            FROM generate_series(1, 5000) g, generate_series(1, 10) k ON CONFLICT DO NOTHING;
            INSERT INTO blob (digest, content_type, size) SELECT DISTINCT digest_blob, '\(MediaType.ociLayer)', 1 FROM artifact_blob
            """)
        let (need, list) = try await harbor.inSnapshot { (try await needs($0), try await inventory($0)) }
        #expect(need.blobs.map(\.digest) == need.blobs.map(\.digest).sorted())
        #expect(need.summary.manifests == 5000)
        #expect("\(need.summary.layers)" == (try harbor.sql("SELECT count(DISTINCT digest_blob) FROM artifact_blob")))
        #expect(list.counts.artifacts == 5000)
        #expect("\(list.lines.artifacts.reduce(0) { $0 + $1.blobs.count })" == (try harbor.sql("SELECT count(*) FROM artifact_blob")))
        #expect(list.lines.artifacts.map(\.repository) == list.lines.artifacts.map(\.repository).sorted())
    }
}
