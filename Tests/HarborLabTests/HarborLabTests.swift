import Foundation
import HarborLab
import LabServers
import Testing

/// One lab for all tests that only read; making it is a test in itself.
private enum SharedLab {
    static let result = Result { try HarborLab.up() }
}

@Suite("the lab", .enabled(if: HarborLab.available(), "skipped: PostgreSQL, docker-registry or openssl is missing on this host"))
struct HarborLabTests {
    let lab: HarborLab

    init() throws { lab = try SharedLab.result.get() }

    @Test("has a row in every table")
    func everyTable() throws {
        let empty = try lab.sql(
            """
            SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM public.%I', relname), false, true, '')))[1]::text = '0'
            """)
        #expect(empty == "system_artifact")
    }

    @Test("has files for all blobs in use, with the right size and hash")
    func blobs() throws {
        let rows = try lab.sql(
            """
            SELECT b.digest, b.size FROM blob b WHERE b.status = 'none' AND b.content_type NOT LIKE '%rootfs.foreign%'
            AND EXISTS (SELECT FROM project_blob pb WHERE pb.blob_id = b.id) ORDER BY b.id
            """
        ).split(separator: "\n")
        #expect(rows.count > 40)
        for row in rows {
            let fields = row.split(separator: "|").map(String.init)
            let file = lab.blobFile(fields[0])
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect((attributes[.size] as? NSNumber)?.intValue == Int(fields[1]))
            let parts = fields[0].split(separator: ":")
            let hash = try Program.succeed(parts[0] == "sha512" ? "sha512sum" : "sha256sum", [file])
            #expect(String(decoding: hash, as: UTF8.self).hasPrefix(String(parts[1])))
        }
    }

    @Test("has link files for all manifests, configs and layers, each holding its digest")
    func links() throws {
        let root = lab.storage + "/docker/registry/v2/repositories/"
        let manifests = try lab.sql("SELECT repository_name, digest FROM artifact ORDER BY id").split(separator: "\n")
        for row in manifests {
            try expectLink(root, row, "_manifests/revisions")
        }
        let layers = try lab.sql(
            """
            SELECT a.repository_name, ab.digest_blob FROM artifact a JOIN artifact_blob ab ON ab.digest_af = a.digest
            JOIN blob b ON b.digest = ab.digest_blob WHERE b.content_type NOT LIKE '%manifest%' AND b.content_type NOT LIKE '%index%'
            AND b.content_type NOT LIKE '%rootfs.foreign%' ORDER BY 1, 2
            """
        ).split(separator: "\n")
        #expect(layers.count > 20)
        for row in layers { try expectLink(root, row, "_layers") }
    }

    private func expectLink(_ root: String, _ row: Substring, _ kind: String) throws {
        let fields = row.split(separator: "|").map(String.init)
        let path = "\(root)\(fields[0])/\(kind)/\(fields[1].replacing(":", with: "/"))/link"
        #expect(try String(contentsOfFile: path, encoding: .utf8) == fields[1])
    }

    @Test(
        "has no reference that leads nowhere",
        arguments: [
            "SELECT count(*) FROM artifact_accessory x WHERE NOT EXISTS (SELECT FROM artifact WHERE id = x.artifact_id)",
            "SELECT count(*) FROM artifact_reference x WHERE NOT EXISTS (SELECT FROM artifact WHERE digest = x.child_digest)",
            "SELECT count(*) FROM tag x WHERE NOT EXISTS (SELECT FROM artifact WHERE id = x.artifact_id)",
            "SELECT count(*) FROM artifact x WHERE NOT EXISTS (SELECT FROM blob WHERE digest = x.digest)",
            "SELECT count(*) FROM artifact x WHERE NOT EXISTS (SELECT FROM artifact_blob WHERE digest_af = x.digest AND digest_blob = x.digest)",
            "SELECT count(*) FROM artifact_blob x WHERE NOT EXISTS (SELECT FROM blob WHERE digest = x.digest_blob)",
            "SELECT count(*) FROM schedule s WHERE NOT EXISTS (SELECT FROM execution e JOIN task t ON t.execution_id = e.id "
                + "WHERE e.vendor_type = 'SCHEDULER' AND e.vendor_id = s.id)",
        ])
    func references(query: String) throws {
        #expect(try lab.sql(query) == "0")
    }

    @Test("has one of every kind of image")
    func kinds() {
        let kinds = Set(lab.images.map(\.kind.rawValue))
        #expect(
            kinds == [
                "plain", "docker_schema2", "index", "child", "signed", "signature", "shared", "untagged", "deep_name", "artifact",
                "foreign_layer",
                "schema1", "sha512", "proxy_index", "proxy_child",
            ])
    }

    @Test("serves every image but what a registry of today cannot")
    func pull() throws {
        for image in lab.images where image.kind != .schema1 && image.kind != .sha512 {
            let manifest = try lab.registry.request(
                "GET", "/v2/\(image.repository)/manifests/\(image.digest)", headers: ["Accept": image.mediaType])
            #expect(manifest.status == 200, "\(image.kind)")
            #expect(manifest.body == Array(try Data(contentsOf: URL(filePath: lab.blobFile(image.digest)))))
            for blob in image.blobs {
                let answer = try lab.registry.request("GET", "/v2/\(image.repository)/blobs/\(blob)")
                #expect(answer.status == 200)
                #expect(answer.body == Array(try Data(contentsOf: URL(filePath: lab.blobFile(blob)))))
            }
        }
    }

    @Test("keeps tags in the database only")
    func tags() throws {
        let folders = try Program.succeed("find", [lab.storage, "-name", "tags"])
        #expect(folders.isEmpty)
        #expect(try lab.sql("SELECT count(*) FROM tag") != "0")
    }

    @Test("has a proxied index one of whose children was never pulled")
    func proxy() throws {
        let index = try #require(lab.images(.proxyIndex).first)
        let rows = try lab.sql(
            "SELECT count(*) FROM artifact_reference r JOIN artifact a ON a.id = r.parent_id WHERE a.digest = '\(index.digest)'")
        #expect(rows == "1")
        let missing = try lab.sql(
            """
            SELECT b.digest FROM artifact_blob ab JOIN blob b ON b.digest = ab.digest_blob WHERE ab.digest_af = '\(index.digest)'
            AND NOT EXISTS (SELECT FROM project_blob pb WHERE pb.blob_id = b.id)
            """)
        #expect(missing.hasPrefix("sha256:"))
        #expect(!FileManager.default.fileExists(atPath: lab.blobFile(missing)))
    }

    @Test("signs an image so that openssl finds the signature good")
    func signature() throws {
        let image = try #require(lab.images(.signature).first)
        let subject = try #require(lab.images(.signed).first)
        #expect(image.tags == [subject.digest.replacing(":", with: "-") + ".sig"])
        let data = try Data(contentsOf: URL(filePath: lab.blobFile(image.digest)))
        let manifest = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let layer = try #require((manifest["layers"] as? [[String: Any]])?.first)
        let annotations = try #require(layer["annotations"] as? [String: String])
        let encoded = try #require(annotations["dev.cosignproject.cosign/signature"])
        let signature = try #require(Data(base64Encoded: encoded))
        let payload = lab.blobFile(try #require(layer["digest"] as? String))

        let folder = try TemporaryFolder()
        try signature.write(to: URL(filePath: folder.file("signature")))
        let arguments = ["dgst", "-sha256", "-verify", lab.signingFolder + "/cosign.pub", "-signature", folder.file("signature")]
        #expect(try Program.run("openssl", arguments + [payload]).status == 0)
        #expect(try Program.run("openssl", arguments + [lab.configurationFile]).status != 0)
        #expect(try String(contentsOfFile: payload, encoding: .utf8).contains(subject.digest))
    }

    @Test(
        "encrypts what Harbor encrypts, so that openssl can decrypt it with the secret key",
        arguments: [
            ("SELECT access_secret FROM registry LIMIT 1", "upstream-password"),
            ("SELECT access_cred FROM scanner_registration WHERE auth = 'Basic'", "scanner:password"),
            ("SELECT secret FROM oidc_user", "cli-secret-of-alice"),
            ("SELECT v FROM properties WHERE k = 'ldap_search_password'", "ldap-search-password"),
        ])
    func encryption(query: String, plain: String) throws {
        let value = try lab.sql(query)
        #expect(value.hasPrefix("<enc-v1>"))
        let sealed = try #require(Data(base64Encoded: String(value.dropFirst(8))))
        let key = try Data(contentsOf: URL(filePath: lab.secretKeyFile))
        #expect(key.count == 16)
        let arguments = ["enc", "-d", "-aes-128-cfb", "-K", hex(key), "-iv", hex(sealed.prefix(16))]
        let decrypted = try Program.succeed("openssl", arguments, input: Array(sealed.dropFirst(16)))
        #expect(String(decoding: decrypted, as: UTF8.self) == plain)
        #expect(try HarborSecretKey(file: lab.secretKeyFile).decrypt(value) == Data(plain.utf8))
        #expect(try HarborSecretKey().decrypt(value) != Data(plain.utf8))
    }

    private func hex(_ data: Data) -> String { data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    @Test("has a token key that fits its certificate")
    func tokenPair() throws {
        let key = try Program.succeed("openssl", ["rsa", "-in", lab.secretFolder + "/core/private_key.pem", "-noout", "-modulus"])
        let certificate = try Program.succeed("openssl", ["x509", "-in", lab.secretFolder + "/registry/root.crt", "-noout", "-modulus"])
        #expect(key == certificate)
        #expect(!key.isEmpty)
    }

    @Test("gives the reader all tables and no right to change them")
    func reader() throws {
        let database = lab.database
        func ask(_ sql: String) throws -> String {
            try lab.cluster.psql(sql, database: database.name, user: database.user, password: database.password)
        }
        #expect(try ask("SELECT count(*) > 5 FROM artifact") == "t")
        #expect(try ask("SELECT last_value > 0 FROM artifact_id_seq") == "t")
        #expect(throws: LabError.self) { try ask("UPDATE artifact SET size = 0") }
        #expect(throws: LabError.self) { try ask("CREATE TABLE public.mine (id integer)") }
    }

    @Test("can be found by another process")
    func attach() throws {
        let other = try HarborLab.attach(to: lab.path)
        #expect(other.images == lab.images)
        #expect(other.cluster.isRunning && other.registry.isRunning)
        #expect(other.database.password == lab.database.password)
        #expect(try other.sql("SELECT version, dirty FROM schema_migrations") == "180|f")
        #expect(throws: LabError.self) { try HarborLab.attach(to: "/nowhere") }
    }

    @Test("writes a configuration whose files exist, and keeps the password out of it")
    func configuration() throws {
        let folder = try TemporaryFolder()
        let options = HarborLab.WriterOptions(
            vault: folder.file("vault"), keysVault: folder.file("keys"), recipients: ["age1example"], state: folder.file("state"))
        let text = try lab.writerConfiguration(options)
        #expect(!text.contains(lab.database.password))
        #expect(try String(contentsOfFile: options.passwordFile, encoding: .utf8) == lab.database.password)
        let mode = try FileManager.default.attributesOfItem(atPath: options.passwordFile)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        for path in [lab.configurationFile, lab.generatedFolder, lab.secretFolder, lab.signingFolder, lab.storage] {
            #expect(text.contains(path))
            #expect(FileManager.default.fileExists(atPath: path))
        }
        #expect(text.contains("port: \(lab.database.port)"))
        #expect(text.contains("vault: keys"))
    }

    @Test("accounts each project for its blobs")
    func quotas() throws {
        let wrong = try lab.sql(
            """
            SELECT u.reference_id, u.used FROM quota_usage u WHERE (u.used ->> 'storage')::bigint <> coalesce((SELECT sum(b.size) FROM project_blob pb
            JOIN blob b ON b.id = pb.blob_id WHERE pb.project_id::text = u.reference_id AND b.content_type NOT LIKE '%rootfs.foreign%'), 0)
            """)
        #expect(wrong.isEmpty)
    }
}
