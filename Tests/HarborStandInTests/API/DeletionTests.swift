import HarborLab
import HarborStandIn
import LabServers
import Testing

@Suite("Harbor deletes artifacts", .enabled(if: HarborLab.available(), StandInBench.skipReason))
struct DeletionTests {
    @Test("an artifact goes to the trash with its tags, accessories and untagged children; what others need stays")
    func artifacts() async throws {
        let bench = try await StandInBench()
        defer { bench.stop() }
        func count(_ sql: String) throws -> Int { Int(try bench.lab.sql("SELECT count(*) FROM \(sql)")) ?? -1 }

        let index = try bench.image(.index)
        let child = try #require(index.children.first)
        let refused = try await bench.call("DELETE", StandInBench.path(ofRepository: index.repository) + "/artifacts/\(child)")
        #expect(refused.status == 412)
        #expect(refused.code == "PRECONDITION")
        #expect(try await bench.call("DELETE", StandInBench.path(index)).status == 200)
        #expect(try count("artifact WHERE repository_name = '\(index.repository)'") == 0)
        #expect(try count("artifact_trash WHERE repository_name = '\(index.repository)'") == 1 + index.children.count)
        #expect(try count("audit_log_ext WHERE operation = 'delete' AND resource = '\(index.repository)@\(index.digest)'") == 1)

        let plain = try bench.image(.plain)
        #expect(try await bench.call("DELETE", StandInBench.path(plain)).status == 200)
        let shared = try #require(plain.blobs.first)
        #expect(try count("project_blob pb JOIN blob b ON b.id = pb.blob_id WHERE b.digest = '\(plain.digest)'") == 1)
        #expect(try count("project_blob pb JOIN blob b ON b.id = pb.blob_id WHERE pb.project_id = 3 AND b.digest = '\(shared)'") == 1)
        #expect(try await bench.call("GET", StandInBench.path(plain)).status == 404)
        // The rules of quotas count what is still a blob of the project.
        let used = try bench.lab.sql("SELECT used->>'storage' FROM quota_usage WHERE reference_id = '1'")
        let sum = try bench.lab.sql(
            """
            SELECT sum(size) FROM blob b JOIN project_blob pb ON pb.blob_id = b.id WHERE project_id = 1
            AND content_type NOT LIKE 'application/vnd.docker.image.rootfs.foreign.%'
            """)
        #expect(used == sum)
    }

    @Test("an immutable tag protects its artifact, itself and its repository")
    func immutability() async throws {
        let bench = try await StandInBench()
        defer { bench.stop() }
        let signed = try bench.image(.signed)
        let rows = { try bench.lab.sql("SELECT count(*) FROM artifact WHERE repository_name = '\(signed.repository)'") }
        let before = try rows()
        #expect(try await bench.call("DELETE", StandInBench.path(signed)).status == 412)
        #expect(try await bench.call("DELETE", StandInBench.path(signed) + "/tags/v1.2.3").status == 412)
        // The description knows no 412 here, Harbor does.
        let repository = "/api/v2.0" + StandInBench.path(ofRepository: signed.repository)
        #expect(try await bench.send("DELETE", repository, as: .administrator).status == 412)
        #expect(try rows() == before)
        try bench.lab.sql("UPDATE immutable_tag_rule SET disabled = true")
        #expect(try await bench.call("DELETE", StandInBench.path(signed) + "/tags/v1.2.3").status == 200)
        #expect(try await bench.call("DELETE", StandInBench.path(signed)).status == 200)
        #expect(try bench.lab.sql("SELECT count(*) FROM artifact_accessory") == "0")
        #expect(try await bench.call("DELETE", StandInBench.path(ofRepository: signed.repository), as: .administrator).status == 200)
        #expect(try rows() == "0")
    }

    @Test("while the instance is read-only every change but the configuration's is denied")
    func readOnly() async throws {
        let bench = try await StandInBench()
        defer { bench.stop() }
        let path = StandInBench.path(try bench.image(.plain))
        #expect(try await bench.call("PUT", "/configurations", as: .administrator, body: #"{"read_only":true}"#).status == 200)
        let denied = try await bench.call("DELETE", path, as: .administrator)
        #expect(denied.status == 403)
        #expect(denied.code == "DENIED")
        #expect(try await bench.get("/systeminfo")["read_only"] == true)
        #expect(try await bench.call("PUT", "/configurations", as: .administrator, body: #"{"read_only":false}"#).status == 200)
        #expect(try await bench.call("DELETE", path, as: .administrator).status == 200)
    }
}
