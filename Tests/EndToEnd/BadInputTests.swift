import Foundation
import HarborLab
import LabServers
import Testing

@Suite(
    "bad input is told clearly and changes nothing", .offThePool,
    .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct BadInputTests {
    /// The configuration of `host` with `change` made to its text.
    private func changed(_ host: RegistryHost, _ change: (String) -> String) throws -> String {
        let path = host.folder.file("changed-\(UInt32.random(in: 0...UInt32.max)).yaml")
        let text = try String(contentsOfFile: host.configuration, encoding: .utf8)
        let other = change(text)
        guard other != text else { throw LabError(.system, "the change does not change the configuration") }
        try other.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func expect(
        _ result: ProgramResult, status: Int32, says words: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
        for word in words { #expect(result.errors.contains(word), "\(word) is not in: \(result.errors)", sourceLocation: sourceLocation) }
        #expect(!result.errors.contains("Fatal error"), sourceLocation: sourceLocation)
    }

    @Test("a backup that cannot begin: password, server, schema, storage, vault, typo")
    func backup() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        let before = try host.vaultFingerprint()
        let wrongPassword = host.folder.file("wrong-password")
        try "wrong".write(toFile: wrongPassword, atomically: true, encoding: .utf8)
        chmod(wrongPassword, 0o600)
        var other = try changed(host) { $0.replacing("\(host.state)/database-password", with: wrongPassword) }
        expect(try host.opsd("run-now", "backup", configuration: other), status: 69, says: ["password", "Hint"])
        other = try changed(host) { $0.replacing("port: \(host.lab.database.port)", with: "port: 1") }
        expect(try host.opsd("run-now", "backup", configuration: other), status: 69, says: ["127.0.0.1", "Hint"])
        other = try changed(host) { $0.replacing("filesystem: \(host.lab.storage)\n", with: "filesystem: /nowhere/registry\n") }
        expect(try host.opsd("run-now", "backup", configuration: other), status: 69, says: ["/nowhere/registry", "Hint"])
        other = try changed(host) { $0.replacing("sslmode:", with: "sslmod:") }
        expect(try host.opsd("run-now", "backup", configuration: other), status: 78, says: ["sslmod", "did you mean 'sslmode'", "^"])
        expect(try host.opsd("run-now", "bakup"), status: 64, says: ["bakup", "backup"])
        try host.lab.inject(.dirtySchema)
        expect(try host.opsd("run-now", "backup"), status: 3, says: ["dirty", "Hint"])
        #expect(try host.vaultFingerprint() == before)
    }

    @Test("an empty folder where the vault was is no vault, and is not made one")
    func emptyVault() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        try FileManager.default.moveItem(atPath: host.vault, toPath: host.vault + ".away")
        try FileManager.default.createDirectory(atPath: host.vault, withIntermediateDirectories: false)
        for words in [["run-now", "backup"], ["snapshots"], ["vault", "audit"]] {
            expect(try host.opsd(words), status: 69, says: ["there is no vault at \(host.vault)", "mounted"])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.vault).isEmpty)
    }

    @Test("a wrong identity, a foreign signer, a database that is not empty, the live storage")
    func restore() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        let before = try host.vaultFingerprint()
        let storage = host.folder.file("out")
        let wrong = host.folder.file("other-identity")
        _ = try Program.succeed(Project.programs + "/opsd", ["keys", "make", "--identity", wrong])
        expect(
            try host.opsd("restore", "storage", "--to", storage, "--identity", wrong, "--execute"), status: 1,
            says: ["no identity", "--identity"])
        expect(try host.opsd("restore", "storage", "--to", storage, "--execute"), status: 64, says: ["--identity"])
        #expect(!FileManager.default.fileExists(atPath: storage + "/docker"))

        let key = String(
            decoding: try Program.succeed(Project.programs + "/opsd", ["keys", "make", "--signing-key", host.folder.file("key")]),
            as: UTF8.self)
        let recovery = host.folder.file("recovery.yaml")
        try """
        vaults:
          main: {target: {filesystem: \(host.vault)}, signers: ["\(key.trimmingCharacters(in: .whitespacesAndNewlines))"], identity_file: \(host.identity)}
        state_directory: \(host.folder.file("recovery-state"))
        """.write(toFile: recovery, atomically: true, encoding: .utf8)
        expect(
            try host.opsd("restore", "storage", "--to", storage, "--execute", configuration: recovery), status: 3,
            says: ["trusted signer", "SHA256:", "signers"])
        #expect(!FileManager.default.fileExists(atPath: storage + "/docker"))

        expect(
            try host.opsd(
                "restore", "database", "--to", host.lab.cluster.dsn(database: "registry"), "--identity", host.identity, "--execute"),
            status: 3, says: ["not empty", "Hint"])
        expect(
            try host.opsd("restore", "storage", "--to", host.lab.storage, "--identity", host.identity, "--execute"), status: 3,
            says: ["storage of the running registry"])
        expect(
            try host.opsd("restore", "storage", "--to", host.lab.storage + "/inside", "--identity", host.identity, "--execute"), status: 3,
            says: ["storage of the running registry"])
        expect(
            try host.opsd("restore", "storage", "--to", storage, "--identity", host.identity, "--at-least", "9"), status: 3,
            says: ["sequence 1", "9"])
        expect(
            try host.opsd("restore", "storage", "--to", storage, "--identity", host.identity, "--snapshot", "2001"), status: 1,
            says: ["opsd snapshots"])
        #expect(try host.vaultFingerprint() == before)
    }

    @Test("a job that is running already answers 75 and names the run")
    func busy() throws {
        let host = try RegistryHost()
        let lock = host.state + "/locks/backup.lock"
        try FileManager.default.createDirectory(atPath: host.state + "/locks", withIntermediateDirectories: true)
        try "20260101T000000Z-00000000\n".write(toFile: lock, atomically: true, encoding: .utf8)
        let descriptor = open(lock, O_RDWR)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX) == 0)
        expect(try host.opsd("run-now", "backup"), status: 75, says: ["20260101T000000Z-00000000"])
    }
}
