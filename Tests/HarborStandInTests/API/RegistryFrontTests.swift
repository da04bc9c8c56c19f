import HarborLab
import HarborStandIn
import LabServers
import Testing

@Suite("Harbor stands before its registry", .enabled(if: HarborLab.available(), StandInBench.skipReason))
struct RegistryFrontTests {
    @Test("without credentials there is a challenge that leads to a token, and the token opens what it names")
    func tokens() async throws {
        let bench = try await StandInBench.shared
        let image = try bench.image(.deepName)
        let manifest = "/v2/\(image.repository)/manifests/\(image.digest)"
        let challenge = try await bench.send("HEAD", manifest, as: .nobody)
        #expect(challenge.status == 401)
        #expect(challenge.headers["www-authenticate"]?.contains("/service/token\",service=\"harbor-registry\"") == true)
        #expect(challenge.headers["www-authenticate"]?.contains("scope=\"repository:\(image.repository):pull\"") == true)
        let answer = try await bench.send("GET", "/service/token?service=harbor-registry&scope=repository:library/docker:pull")
        let token = try #require(try JSONValue(parsing: answer.body)["token"]?.text)
        let bearer = ["Authorization": "Bearer \(token)"]
        let docker = try bench.image(.dockerSchema2)
        #expect(try await bench.send("HEAD", "/v2/library/docker/manifests/\(docker.digest)", as: .nobody, headers: bearer).status == 200)
        #expect(try await bench.send("HEAD", manifest, as: .nobody, headers: bearer).status == 401)
        #expect(try await bench.send("GET", "/v2/", as: .nobody).status == 401)
        #expect(try await bench.send("GET", "/v2/").status == 200)
    }

    @Test("a pull by tag moves times and count; HEAD and blobs do not")
    func pulls() async throws {
        let bench = try await StandInBench()
        defer { bench.stop() }
        let image = try bench.image(.dockerSchema2)
        let state = {
            try bench.lab.sql(
                """
                SELECT a.pull_time > '2000-01-01', t.pull_time > '2000-01-01', r.pull_count, (SELECT count(*) FROM audit_log_ext WHERE
                operation = 'pull') FROM artifact a JOIN tag t ON t.artifact_id = a.id JOIN repository r ON r.repository_id = a.repository_id
                WHERE a.digest = '\(image.digest)' GROUP BY 1, 2, 3
                """)
        }
        let before = try state()
        #expect(before.hasPrefix("f|f|"))
        let head = try await bench.send("HEAD", "/v2/\(image.repository)/manifests/2")
        #expect(head.status == 200)
        #expect(head.headers["docker-content-digest"] == image.digest)
        #expect(head.headers["content-length"] != "0")
        let blob = try #require(image.blobs.first)
        #expect(try await bench.send("GET", "/v2/\(image.repository)/blobs/\(blob)").status == 200)
        #expect(try state() == before)
        let got = try await bench.send("GET", "/v2/\(image.repository)/manifests/2", headers: ["Accept": image.mediaType])
        #expect(got.headers["content-type"] == image.mediaType)
        #expect(try state().hasPrefix("t|t|4|1"))
    }

    @Test("an image without a signature is not given out where the project wants one")
    func signatures() async throws {
        let bench = try await StandInBench.shared
        let image = try bench.image(.deepName)
        let refused = try await bench.send("GET", "/v2/\(image.repository)/manifests/x")
        #expect(refused.status == 412)
        #expect(refused.code == "PROJECTPOLICYVIOLATION")
        #expect(try await bench.send("HEAD", "/v2/\(image.repository)/manifests/x").status == 412)
        let agent = ["User-Agent": "cosign/v2", "Accept": image.mediaType]
        #expect(try await bench.send("HEAD", "/v2/\(image.repository)/manifests/x", headers: agent).status == 412)
        #expect(try await bench.send("HEAD", "/v2/\(image.repository)/manifests/x", as: .administrator, headers: agent).status == 200)
    }

    @Test("what was found decides who may pull, and a scan's state comes before its findings")
    func vulnerabilities() async throws {
        let bench = try await StandInBench()
        defer { bench.stop() }
        let image = try bench.image(.signed)
        let pull = {
            try await bench.send("HEAD", "/v2/\(image.repository)/manifests/v1.2.3", headers: ["Accept": image.mediaType]).status
        }
        // The one finding that would matter is on the project's list of exceptions.
        #expect(try await pull() == 200)
        try bench.lab.sql("UPDATE cve_allowlist SET items = '[]'")
        #expect(try await pull() == 412)
        try bench.lab.sql("UPDATE project_metadata SET value = 'critical' WHERE project_id = 2 AND name = 'severity'")
        #expect(try await pull() == 200)
        try bench.lab.sql(
            "UPDATE task SET status = 'Running' WHERE extra_attrs::jsonb -> 'report_uuids' ? (SELECT uuid FROM scan_report WHERE digest = '\(image.digest)')"
        )
        #expect(try await pull() == 412)
        try bench.lab.sql("DELETE FROM scan_report WHERE digest = '\(image.digest)'")
        #expect(try await pull() == 412)
        await bench.standIn.jobs.change { $0.isScannerHealthy = false }
        #expect(try await pull() == 200)
    }

    @Test("a pushed manifest leaves rows, and an immutable tag cannot be pushed again")
    func pushes() async throws {
        let bench = try await StandInBench()
        defer { bench.stop() }
        let image = try bench.image(.dockerSchema2)
        let manifest = try await bench.send(
            "GET", "/v2/\(image.repository)/manifests/2", as: .administrator, headers: ["Accept": image.mediaType])
        let again = try await bench.send(
            "PUT", "/v2/\(image.repository)/manifests/3", as: .administrator, headers: ["Content-Type": image.mediaType],
            body: String(decoding: manifest.body, as: UTF8.self))
        #expect(again.status == 201)
        #expect(again.headers["docker-content-digest"] == image.digest)
        let tags = try await bench.get(StandInBench.path(image) + "/tags")
        #expect(Set(tags.array?.compactMap { $0["name"]?.text } ?? []) == ["2", "3"])
        try bench.lab.sql(
            "UPDATE immutable_tag_rule SET project_id = 1, tag_filter = replace(tag_filter, 'v*', '3')")
        let refused = try await bench.send(
            "PUT", "/v2/\(image.repository)/manifests/3", as: .administrator, headers: ["Content-Type": image.mediaType],
            body: String(decoding: manifest.body, as: UTF8.self))
        #expect(refused.status == 412)
    }

    @Test("referrers are read from the accessories' rows")
    func referrers() async throws {
        let bench = try await StandInBench.shared
        let image = try bench.image(.signed)
        let answer = try await bench.send("GET", "/v2/\(image.repository)/referrers/\(image.digest)")
        let manifests = try JSONValue(parsing: answer.body)["manifests"]?.array
        #expect(manifests?.compactMap { $0["digest"]?.text } == [try bench.image(.signature).digest])
    }
}
