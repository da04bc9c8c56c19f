import SystemPackage
import Testing

@testable import Assembly

@Suite("Harbor's own configuration")
struct HarborYAMLTests {
    static let full = """
        hostname: registry.example.com
        http:
          port: 80
        https:
          port: 443
          certificate: /etc/ssl/harbor/server.crt
          private_key: /etc/ssl/harbor/server.key
        internal_tls:
          enabled: true
          dir: /etc/harbor/tls/internal
        harbor_admin_password: Harbor12345
        database:
          password: root123
        data_volume: /srv/harbor
        storage_service:
          ca_bundle: /data/certs/s3-ca.pem
          gcs:
            bucket: images
            keyfile: /etc/harbor/gcs.json
        external_redis:
          host: redis:6379
          password:
          tlsOptions: {enable: true, rootCA: /etc/ssl/redis-ca.pem}
        uaa:
          ca_file: /etc/ssl/uaa-ca.pem
        _version: 2.15.0

        """

    @Test("every path that it names is found, with what it is")
    func paths() throws {
        let harbor = try HarborYAML(parsing: Self.full)
        #expect(harbor.dataVolume == "/srv/harbor" && harbor.secretKeyPath == "/srv/harbor/secret/keys/secretkey")
        #expect(
            harbor.paths == [
                .init(path: "/etc/ssl/harbor/server.crt", isPrivateKey: false, isOptional: false, origin: "https.certificate"),
                .init(path: "/etc/ssl/harbor/server.key", isPrivateKey: true, isOptional: false, origin: "https.private_key"),
                .init(path: "/etc/harbor/tls/internal", isPrivateKey: true, isOptional: false, origin: "internal_tls.dir"),
                .init(path: "/srv/harbor/certs/s3-ca.pem", isPrivateKey: false, isOptional: false, origin: "storage_service.ca_bundle"),
                .init(path: "/etc/harbor/gcs.json", isPrivateKey: true, isOptional: false, origin: "storage_service.gcs.keyfile"),
                .init(path: "/etc/ssl/uaa-ca.pem", isPrivateKey: false, isOptional: false, origin: "uaa.ca_file"),
                .init(path: "/etc/ssl/redis-ca.pem", isPrivateKey: false, isOptional: false, origin: "external_redis.tlsOptions.rootCA"),
                .init(path: "/srv/harbor/secret", isPrivateKey: true, isOptional: false, origin: "data_volume"),
                .init(path: "/srv/harbor/ca_download", isPrivateKey: false, isOptional: true, origin: "data_volume"),
            ])
    }

    @Test("a plain installation names its data volume alone")
    func plain() throws {
        let harbor = try HarborYAML(
            parsing: "hostname: x\ninternal_tls: {enabled: false, dir: /etc/tls}\nstorage_service:\n  ca_bundle:\nhttps:\n")
        #expect(harbor.dataVolume == "/data")
        #expect(harbor.paths.map(\.path) == ["/data/secret", "/data/ca_download"])
    }

    @Test(
        "a bundle in /data is where the data volume really lies, one elsewhere stays",
        arguments: [("/data/ca.pem", "/srv/harbor/ca.pem"), ("/database/ca.pem", "/database/ca.pem"), ("/etc/ca.pem", "/etc/ca.pem")])
    func bundle(named: FilePath, expected: FilePath) throws {
        let harbor = try HarborYAML(parsing: "data_volume: /srv/harbor\nstorage_service: {ca_bundle: \(named)}\n")
        #expect(harbor.paths.first?.path == expected)
    }

    @Test(
        "what is broken is refused with its place, and no password is shown",
        arguments: [
            ("hostname: x\nhttps: {certificate: [a]}\n", 2, "must be a path"),
            ("hostname: x\nhttps:\n  certificate: certs/a.crt\n", 3, "is not an absolute path"),
            ("hostname: [\nharbor_admin_password: Harbor12345\n", 2, "not valid YAML"),
            ("a: b\n", 1, "neither 'hostname' nor 'data_volume'"),
            ("- a\n", 1, "must be a mapping"), ("data_volume: data\n", 1, "is not an absolute path"), ("", 0, "empty"),
            ("hostname: a\nhostname: b\n", 2, "duplicate key"),
        ])
    func broken(text: String, line: Int, what: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try HarborYAML(parsing: text, file: "/opt/harbor/harbor.yml") }
        let problem = try #require(error?.problems.first)
        #expect(problem.what.contains(what) && problem.line == line, "\(problem)")
        #expect(!problem.description.contains("Harbor12345"))
    }

    private static func configuration(_ path: FilePath) throws -> Configuration {
        try Configuration.parse(ConfigurationSamples.writer(replacing: "/opt/harbor/harbor.yml", with: path.string), file: "x")
    }

    @Test("its paths follow the set that names it, private keys go to 'keys', and nothing is archived twice")
    func plan() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("harbor.yml", Array(Self.full.replacing("/srv/harbor", with: "/data").utf8))
        let plan = try Self.configuration(path).fileSetPlan()
        #expect(plan.findings.isEmpty && plan.secretKeyPath == "/data/secret/keys/secretkey")
        #expect(plan.sets.map(\.name) == ["config", "keys"] && plan.sets.map(\.vault) == [nil, "keys"])
        #expect(
            plan.sets[0].paths == [
                path, "/opt/harbor/common/config", "/etc/ssl/harbor/server.crt", "/data/certs/s3-ca.pem", "/etc/ssl/uaa-ca.pem",
                "/etc/ssl/redis-ca.pem",
            ])
        #expect(plan.sets[0].optionalPaths == ["/data/ca_download"])
        #expect(plan.sets[1].paths == ["/data/secret", "/etc/ssl/harbor/server.key", "/etc/harbor/tls/internal", "/etc/harbor/gcs.json"])
    }

    @Test("a folder that is archived already takes what lies in it")
    func nested() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("harbor.yml", Array(Self.full.utf8))
        let text = ConfigurationSamples.writer(
            replacing: "[/opt/harbor/harbor.yml, ", with: "[/etc, \(path), /etc/ssl, /etc, /srv/harbor/ca_download, ")
        let plan = try Configuration.parse(text, file: "x").fileSetPlan()
        #expect(
            plan.sets[0].paths == ["/etc", path, "/srv/harbor/ca_download", "/opt/harbor/common/config", "/srv/harbor/certs/s3-ca.pem"])
        #expect(plan.sets[0].optionalPaths.isEmpty)
    }

    @Test("without a set 'keys' private keys stay with harbor.yml")
    func withoutKeys() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("harbor.yml", Array(Self.full.utf8))
        let text = ConfigurationSamples.writer(replacing: "/opt/harbor/harbor.yml", with: path.string).replacing(
            "  keys:\n    paths: [/data/secret]\n    vault: keys\n", with: "")
        let configuration = try Configuration.parse(text, file: "x")
        #expect(configuration.fileSetPlan().sets[0].paths.contains("/etc/ssl/harbor/server.key"))
        #expect(configuration.findings.map(\.code) == [.noKeysSet])
    }

    @Test("one that cannot be read is a finding that says why, and its set is archived all the same", arguments: [nil, "- no\n"])
    func unreadable(content: String?) throws {
        let folder = try ScratchFolder()
        let path = folder.path.appending("harbor.yml")
        if let content { try folder.write("harbor.yml", Array(content.utf8)) }
        let plan = try Self.configuration(path).fileSetPlan()
        #expect(plan.findings.map(\.code) == [.harborYAMLUnreadable])
        #expect(plan.findings.first?.text.contains(path.string) == true)
        #expect(plan.sets[0].paths.first == path && plan.secretKeyPath == nil)
    }
}
