import Foundation
import HarborLab
import LabServers
import Testing

@Suite("a backup brings everything back", .offThePool, .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct BackupAndRestoreTests {
    @Test("database, blobs, links and files come back byte for byte, and images can be pulled")
    func roundTrip() throws {
        let host = try RegistryHost()
        let (status, report) = try host.backup()
        #expect(status == 0, "\(report.findings)")
        #expect(report.outcome == "succeeded")
        #expect((report.numbers["new_blobs"] ?? 0) > 30)
        #expect(report.numbers["secret_values_checked"] ?? 0 > 0)
        #expect(Set(report.snapshots?.keys ?? [:].keys) == ["main", "keys"])

        _ = try host.succeed("vault", "audit", "--read")
        _ = try host.succeed("vault", "verify", "--identity", host.identity)

        let database = try host.emptyDatabase()
        let plan = try host.succeed("restore", "database", "--to", database.dsn, "--identity", host.identity)
        #expect(plan.contains("49 tables") && plan.contains("--execute"))
        #expect(try host.rows(database.name).isEmpty)
        _ = try host.succeed("restore", "database", "--to", database.dsn, "--identity", host.identity, "--execute")
        #expect(try host.schemaText(database.name) == host.schemaText("registry"))
        let (restored, original) = (try host.rows(database.name), try host.rows("registry"))
        #expect(original.count == 49)
        for table in original.keys { #expect(restored[table] == original[table], "\(table)") }

        let storage = host.folder.file("restored-storage")
        _ = try host.succeed("restore", "storage", "--to", storage, "--identity", host.identity, "--execute")
        #expect(try host.pullAll(from: storage) > 10)
        let again = try host.succeed("restore", "storage", "--to", storage, "--identity", host.identity, "--execute")
        #expect(again.contains("restored 0 blobs"))

        let files = host.folder.file("restored-files")
        _ = try host.succeed("restore", "files", "--set", "config", "--to", files, "--identity", host.identity, "--execute")
        _ = try host.succeed(
            "restore", "files", "--set", "keys", "--vault", "keys", "--to", files, "--identity", host.identity, "--execute")
        for path in [host.lab.configurationFile, host.lab.secretKeyFile, host.lab.generatedFolder, host.lab.secretFolder] {
            #expect(try Program.run("diff", ["-r", path, files + path]).status == 0, "\(path)")
        }
        let key = try FileManager.default.attributesOfItem(atPath: files + host.lab.secretKeyFile)
        let liveKey = try FileManager.default.attributesOfItem(atPath: host.lab.secretKeyFile)
        #expect(key[.posixPermissions] as? Int == liveKey[.posixPermissions] as? Int)
        #expect(key[.ownerAccountID] as? Int == liveKey[.ownerAccountID] as? Int)
    }

    @Test("'restore all' brings one snapshot back, and a database-only run is a recovery point of its own")
    func all() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        let (status, report) = try host.backup("backup-database")
        #expect(status == 0)
        #expect(report.snapshots?.keys.sorted() == ["main"])
        let database = try host.emptyDatabase()
        let target = host.folder.file("all")
        let result = try host.opsd(
            "restore", "all", "--to-database", database.dsn, "--to", target, "--identity", host.identity, "--execute")
        #expect(result.status == 0, "\(result.errors)")
        #expect(try host.rows(database.name).count == 49)
        #expect(try host.pullAll(from: target + "/registry") > 10)
        #expect(FileManager.default.fileExists(atPath: target + "/files" + host.lab.configurationFile))

        #expect(try host.succeed("ls", "latest").contains("library/app"))
        #expect(try host.succeed("find", "library/app:latest").contains("library/app"))
        let listed = try host.succeed("snapshots")
        #expect(listed.split(separator: "\n").count == 3)
        #expect(try host.succeed("snapshot", "show", "latest").contains("49 tables"))
    }

    @Test("with nothing changed no pack is written and nothing under the registry's storage is read")
    func unchanged() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        // Without the folders of blobs and links a run that opened anything below them would fail or find blobs missing.
        let root = host.lab.storage + "/docker/registry/v2/"
        for folder in ["blobs", "repositories"] { try FileManager.default.moveItem(atPath: root + folder, toPath: root + folder + ".away") }
        let (status, report) = try host.backup()
        #expect(status == 0, "\(report.findings)")
        for number in ["read_blobs", "read_bytes", "new_blobs", "packs_written", "packs_adopted"] {
            #expect(report.numbers[number] == 0, "\(number)")
        }
        for folder in ["blobs", "repositories"] { try FileManager.default.moveItem(atPath: root + folder + ".away", toPath: root + folder) }
        let image = try host.lab.pushImage(repository: "later", tags: ["1"], layers: ["one more layer"])
        let (later, next) = try host.backup()
        #expect(later == 0)
        #expect(next.numbers["new_blobs"] == next.numbers["read_blobs"])
        #expect((1...3).contains(next.numbers["new_blobs"] ?? 0))
        #expect(try host.succeed("find", image.digest).contains("library/later"))
        let ids = try host.succeed("snapshots").split(separator: "\n").dropFirst().map { String($0.prefix(25)) }
        #expect(try host.succeed("diff", ids[0], ids[2]).contains("+ \(image.repository)@\(image.digest)"))
    }

    @Test("a pack that somebody deleted is noticed by the next run and stored again")
    func deletedPack() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        let packs = String(decoding: try Program.succeed("find", [host.vault + "/packs", "-name", "*.tar.age"]), as: UTF8.self).split(
            separator: "\n")
        let pack = String(try #require(packs.first))
        try FileManager.default.removeItem(atPath: pack)
        #expect(try host.opsd("vault", "audit").status == 2)
        let (status, report) = try host.backup()
        #expect(status == 0)
        #expect(report.numbers["packs_written"] ?? 0 > 0)
        let storage = host.folder.file("restored-storage")
        _ = try host.succeed("restore", "storage", "--to", storage, "--identity", host.identity, "--execute")
        #expect(try host.pullAll(from: storage) > 10)
        let audit = try host.opsd("vault", "audit")
        #expect(audit.status == 2 && audit.output.contains("missing"), "the loss stays visible")
    }

    @Test("a lost catalog is rebuilt from the vault with the catalog identity, and the next run reads nothing")
    func rebuiltCatalog() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        try FileManager.default.removeItem(atPath: host.state + "/vaults")
        #expect(try host.succeed("vault", "rebuild-catalog", "--vault", "main").contains("1 index segments"))
        let (status, report) = try host.backup()
        #expect(status == 0)
        #expect(report.numbers["read_blobs"] == 0)
    }

    @Test("a damaged index segment costs a warning and blobs stored again, not every later backup")
    func damagedSegment() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        try FileManager.default.removeItem(atPath: host.state + "/vaults")
        let segment = String(decoding: try Program.succeed("find", [host.vault + "/index", "-name", "*.age"]), as: UTF8.self)
        try Data([1, 2, 3]).write(to: URL(filePath: segment.trimmingCharacters(in: .newlines)))
        let (status, report) = try host.backup()
        #expect(status == 2)
        #expect(report.findings.contains { $0.code == "index_damaged" })
        #expect(report.numbers["new_blobs"] ?? 0 > 30)
        let storage = host.folder.file("restored-storage")
        _ = try host.succeed("restore", "storage", "--to", storage, "--identity", host.identity, "--execute")
        #expect(try host.pullAll(from: storage) > 10)
    }
}
