import Foundation
import HarborLab
import LabServers
import Testing

@Suite("a lab that changes", .enabled(if: HarborLab.available(), "skipped: PostgreSQL, docker-registry or openssl is missing on this host"))
struct LabChangesTests {
    @Test("takes another image, with its rows")
    func push() throws {
        let lab = try HarborLab.up()
        let image = try lab.pushImage(project: "team-b", repository: "late", tags: ["new"], layers: ["one\n", "two\n"])
        #expect(image.blobs.count == 3)
        let answer = try lab.registry.request("GET", "/v2/team-b/late/manifests/\(image.digest)", headers: ["Accept": image.mediaType])
        #expect(answer.status == 200)
        #expect(try lab.sql("SELECT a.digest FROM tag t JOIN artifact a ON a.id = t.artifact_id WHERE t.name = 'new'") == image.digest)
        #expect(try lab.sql("SELECT count(*) FROM artifact_blob WHERE digest_af = '\(image.digest)'") == "4")
    }

    @Test("breaks as it is told")
    func faults() throws {
        let lab = try HarborLab.up()
        let image = try #require(lab.images(.plain).first)
        let file = lab.blobFile(image.blobs[1])
        let before = try Data(contentsOf: URL(filePath: file))
        try lab.inject(.rotten(digest: image.blobs[1]))
        let after = try Data(contentsOf: URL(filePath: file))
        #expect(after.count == before.count)
        #expect(zip(before, after).filter { $0 != $1 }.count == 1)

        try lab.inject(.zero(digest: image.blobs[1]))
        #expect(try Data(contentsOf: URL(filePath: file)).isEmpty)
        try lab.inject(.missing(digest: image.blobs[1]))
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(throws: LabError.self) { try lab.inject(.missing(digest: image.blobs[1])) }

        try lab.inject(.zeroLink(repository: image.repository, digest: image.blobs[0]))
        #expect(try lab.registry.request("GET", "/v2/\(image.repository)/blobs/\(image.blobs[0])").status != 200)

        try lab.inject(.dirtySchema)
        #expect(try lab.sql("SELECT dirty FROM schema_migrations") == "t")
        try lab.inject(.runningGarbageCollection)
        #expect(try lab.sql("SELECT status FROM execution WHERE vendor_type = 'GARBAGE_COLLECTION' ORDER BY id DESC LIMIT 1") == "Running")

        let value = try lab.sql("SELECT secret FROM oidc_user")
        try lab.inject(.wrongSecretKey)
        #expect(try HarborSecretKey(file: lab.secretKeyFile).decrypt(value) != Data("cli-secret-of-alice".utf8))
    }

    @Test("grows by the same synthetic repositories for the same seed")
    func scale() throws {
        let labs = try [7, 7, 8].map { try HarborLab.up(options: .init(scale: 20, seed: $0)) }
        let digests = try labs.map {
            try $0.sql("SELECT digest FROM artifact WHERE repository_name LIKE 'scale/%' ORDER BY repository_name")
        }
        #expect(digests[0] == digests[1])
        #expect(digests[0] != digests[2])
        #expect(digests[0].split(separator: "\n").count == 20)
        let lab = labs[0]
        #expect(
            try lab.sql(
                "SELECT count(*) FROM blob b JOIN project_blob pb ON pb.blob_id = b.id JOIN project p USING (project_id) WHERE p.name = 'scale'"
            ) == "200")
        let digest = try #require(digests[0].split(separator: "\n").last)
        let answer = try lab.registry.request(
            "GET", "/v2/scale/r000019/manifests/\(digest)", headers: ["Accept": "application/vnd.oci.image.manifest.v1+json"])
        #expect(answer.status == 200)
        // The sequences stand behind the rows that were loaded with their ids.
        try lab.pushImage(repository: "after", layers: ["after\n"])
    }
}
