import Foundation
import HarborDatabase
import LabServers
import OCIImage
import Testing

@Suite(
    "Repositories come with all that decides what may go (skipped where PostgreSQL is not installed)",
    .enabled(if: PostgresCluster.available()), .timeLimit(.minutes(3)))
struct RepositoriesTests {
    private let harbor: UpkeepHarbor

    init() throws { harbor = try UpkeepHarbor() }

    private func artifacts() async throws -> [StoredArtifact] {
        try await harbor.inSnapshot { try await repositories($0) }.all.flatMap(\.artifacts)
    }

    @Test("an artifact comes with its times, tags, labels, parents and subject")
    func whole() async throws {
        let index = try harbor.image("index", tags: ["multi"], type: MediaType.ociIndex)
        let image = try harbor.image("image", tags: ["b", "a", "B"])
        try harbor.image("signature")
        try harbor.list("image", under: "index")
        try harbor.attach("signature", to: "image")
        try harbor.sql(
            """
            UPDATE artifact SET pull_time = '2026-02-03 04:05:06' WHERE id = \(image);
            UPDATE tag SET push_time = '2026-03-04 05:06:07.5', pull_time = '2026-04-05 06:07:08.25' WHERE name = 'a';
            INSERT INTO harbor_label (id, name, level, scope, deleted) VALUES
            (1, E'keep\\tme', 'u', 'g', false), (2, 'also', 'u', 'g', false), (3, 'former', 'u', 'g', true);
            INSERT INTO label_reference (label_id, artifact_id) SELECT id, \(image) FROM harbor_label WHERE id <= 3
            """)
        let (all, summary) = try await harbor.inSnapshot { try await repositories($0) }
        let repository = try #require(all.first)
        #expect(all.count == 1)
        #expect(
            (repository.name.description, repository.project, repository.projectID, repository.nameInProject) == (
                "plain/app", "plain", 1, "app"
            ))
        #expect("\(repository.id)" == (try harbor.sql("SELECT repository_id FROM repository")))
        #expect(repository.artifacts.map(\.digest) == [digest("index"), digest("image"), digest("signature")])
        let found = try #require(repository.artifacts.first { $0.id == image })
        #expect((found.type, found.manifestMediaType, found.size) == ("IMAGE", MediaType.ociManifest, 10))
        #expect(found.pushed == UpkeepHarbor.pushed)
        #expect(found.pulled == Date(timeIntervalSince1970: 1_770_091_506))
        #expect(found.tags.map(\.name.description) == ["B", "a", "b"])
        #expect(found.tags[1].pushed == Date(timeIntervalSince1970: 1_772_600_767.5))
        #expect(found.tags[1].pulled == Date(timeIntervalSince1970: 1_775_369_228.25))
        #expect(found.labels == ["also", "keep\tme"])
        #expect(found.parents == [index])
        #expect(found.subject == nil)
        let signature = try #require(repository.artifacts.last)
        #expect(signature.subject == .init(id: image, digest: digest("image"), type: "signature.cosign"))
        #expect((summary.repositories, summary.artifacts, summary.tags, summary.malformedArtifacts) == (1, 3, 4, 0))
    }

    @Test(
        "the year 1, by which Harbor means never, and NULL are no pull",
        arguments: ["NULL", "'0001-01-01'", "'0044-03-15 12:00:00 BC'", "'-infinity'"])
    func neverPulled(_ time: String) async throws {
        try harbor.image("image", tags: ["a"])
        try harbor.sql("UPDATE artifact SET pull_time = \(time); UPDATE tag SET pull_time = \(time)")
        let image = try #require(try await artifacts().first)
        #expect(image.pulled == nil)
        #expect(image.tags.first?.pulled == nil)
    }

    @Test(
        "times before and after leap days are the server's",
        arguments: ["1970-01-01 00:00:00", "2000-02-29 23:59:59.999999", "2100-03-01 00:00:00.1", "2024-12-31 12:34:56.000001"])
    func times(_ time: String) async throws {
        try harbor.image("image")
        try harbor.sql("UPDATE artifact SET push_time = '\(time)'")
        let microseconds = try #require(Int64(try harbor.sql("SELECT (extract(epoch FROM push_time) * 1000000)::bigint FROM artifact")))
        let pushed = try #require(try await artifacts().first?.pushed)
        #expect(Int64((pushed.timeIntervalSince1970 * 1_000_000).rounded()) == microseconds)
    }

    @Test("a tag without a time was pushed with its artifact")
    func tagWithoutTime() async throws {
        try harbor.image("image", tags: ["a"])
        try harbor.sql("UPDATE tag SET push_time = NULL")
        #expect(try await artifacts().first?.tags.first?.pushed == UpkeepHarbor.pushed)
    }

    @Test("repositories come by the bytes of their names, empty ones too, those of deleted projects not")
    func order() async throws {
        for name in ["plain/b", "plain/a-b", "plain/a/b", "plain/a_b", "plain/a.b"] { try harbor.image("image", in: name) }
        try harbor.image("image", in: "gone#4/x", project: 4)
        try harbor.image("image", in: "gone/x", project: 4)
        try harbor.sql("INSERT INTO repository (name, project_id) VALUES ('other/empty', 2)")
        let (all, summary) = try await harbor.inSnapshot { try await repositories($0) }
        #expect(all.map(\.name.description) == ["other/empty", "plain/a-b", "plain/a.b", "plain/a/b", "plain/a_b", "plain/b"])
        #expect(all.first?.artifacts == [])
        #expect(summary.repositories == 6)
        #expect(summary.malformedArtifacts == 0)
    }

    @Test(
        "an artifact of which a row cannot be read is left out as a whole, and counted",
        arguments: [
            "UPDATE artifact SET digest = 'sha256:x' WHERE digest = 'BAD'", "UPDATE tag SET name = '-x' WHERE name = 'bad'",
            "UPDATE tag SET name = 'a/b' WHERE name = 'bad'", "UPDATE artifact_accessory SET subject_artifact_digest = 'x'",
            "UPDATE artifact SET push_time = NULL WHERE digest = 'BAD'",
            "UPDATE artifact SET push_time = '0001-01-01' WHERE digest = 'BAD'",
        ])
    func malformed(_ change: String) async throws {
        try harbor.image("good", tags: ["good"])
        try harbor.image("bad", tags: ["bad"])
        try harbor.sql(
            """
            INSERT INTO artifact_accessory (artifact_id, type, digest, subject_artifact_digest, subject_artifact_repo)
            VALUES (\(try harbor.row("bad")), 'signature.cosign', '\(digest("bad"))', '\(digest("later"))', 'plain/app');
            """ + change.replacing("BAD", with: digest("bad").description))
        let (all, summary) = try await harbor.inSnapshot { try await repositories($0) }
        #expect(all.flatMap(\.artifacts).map(\.digest) == [digest("good")])
        #expect((summary.artifacts, summary.tags, summary.malformedArtifacts, summary.malformedRepositories) == (1, 1, 1, 0))
        #expect(summary.malformedSamples.count == 1)
        #expect(summary.malformedSamples.first?.hasPrefix("plain/app@sha256:") == true)
    }

    @Test(
        "a repository with an impossible name, or of another project than its name says, is left out",
        arguments: ["plain/A", "foreign/app", "plain"])
    func malformedRepository(_ name: String) async throws {
        try harbor.image("image", in: name)
        try harbor.image("image", in: "plain/zzz")
        let (all, summary) = try await harbor.inSnapshot { try await repositories($0) }
        #expect(all.map(\.name.description) == ["plain/zzz"])
        #expect((summary.malformedRepositories, summary.malformedArtifacts) == (1, 1))
        #expect(summary.malformedSamples == ["\(name)@\(digest("image"))"])
    }

    @Test("an accessory that came before its subject knows it by digest, and by row as soon as it is there")
    func earlyAccessory() async throws {
        try harbor.image("signature")
        try harbor.sql(
            """
            INSERT INTO artifact_accessory (artifact_id, type, digest, subject_artifact_digest, subject_artifact_repo)
            VALUES (\(try harbor.row("signature")), 'signature.notation', '\(digest("signature"))', '\(digest("image"))', 'plain/app')
            """)
        #expect(try await artifacts().first?.subject == .init(id: nil, digest: digest("image"), type: "signature.notation"))
        let image = try harbor.image("image")
        #expect(try await artifacts().first?.subject == .init(id: image, digest: digest("image"), type: "signature.notation"))
    }

    @Test("an accessory of several subjects names them all, one that is there first")
    func severalSubjects() async throws {
        try harbor.image("signature")
        let image = try harbor.image("image")
        try harbor.attach("signature", to: "image")
        try harbor.sql(
            """
            INSERT INTO artifact_accessory (artifact_id, type, digest, subject_artifact_digest, subject_artifact_repo)
            SELECT artifact_id, type, digest, 'sha256:' || repeat('0', 64), subject_artifact_repo FROM artifact_accessory
            """)
        let signature = try #require(try await artifacts().first)
        #expect(signature.subject?.id == image)
        #expect(signature.otherSubjects.map(\.digest.hex) == [String(repeating: "0", count: 64)])
        #expect(signature.otherSubjects.first?.id == nil)
    }

    @Test("tens of thousands of tags stream in order")
    func volume() async throws {
        try harbor.image("image", in: "plain/last", tags: ["latest"])
        try harbor.sql(
            """
            INSERT INTO repository (name, project_id) SELECT 'plain/r' || g, 1 FROM generate_series(1, 40) g;
            INSERT INTO artifact (project_id, repository_name, digest, type, repository_id, media_type, manifest_media_type, artifact_type, push_time)
            SELECT 1, r.name, 'sha256:' || encode(sha256(('m' || g)::bytea), 'hex'), 'IMAGE', r.repository_id, 'c', 'm', 'c', now()
            FROM generate_series(1, 4000) g JOIN repository r ON r.name = 'plain/r' || (1 + g % 40);
            INSERT INTO tag (repository_id, artifact_id, name) SELECT repository_id, id, 'v' || id || '.' || k FROM artifact, generate_series(1, 10) k
            WHERE repository_name <> 'plain/last'
            """)
        let (all, summary) = try await harbor.inSnapshot { try await repositories($0) }
        #expect(all.map(\.name) == all.map(\.name).sorted())
        #expect((summary.repositories, summary.artifacts, summary.tags) == (41, 4001, 40001))
        #expect(all.allSatisfy { $0.artifacts.map(\.id) == $0.artifacts.map(\.id).sorted() })
        #expect(all.flatMap(\.artifacts).allSatisfy { $0.tags.map(\.name) == $0.tags.map(\.name).sorted() })
        #expect(
            all.flatMap(\.artifacts).allSatisfy { artifact in
                artifact.tags.allSatisfy { "\($0.name)".hasPrefix("v\(artifact.id).") || "\($0.name)" == "latest" }
            })
    }

    @Test("an error of the receiver ends the stream and reaches the caller")
    func receiverFails() async throws {
        struct Enough: Error {}
        try harbor.image("image", in: "plain/a")
        try harbor.image("image", in: "plain/b")
        await #expect(throws: Enough.self) { try await harbor.inSnapshot { _ = try await $0.repositories { _ in throw Enough() } } }
    }
}
