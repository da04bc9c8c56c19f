import Foundation
import HarborLab
import LabServers

/// The built programs and the project's files, found beside this test bundle.
enum Project {
    /// The folder that holds `opsd` and `harborlab`.
    static let programs: String = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path

    /// The project's root.
    static let root: String = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path
}

/// A registry host with a vault, as a new user has it after `vault init`: a lab, keys, and a configuration.
final class RegistryHost: Sendable {
    let folder: TemporaryFolder
    let lab: HarborLab
    let recipient: String

    var configuration: String { folder.file("opsd.yaml") }
    var identity: String { folder.file("identity") }
    var vault: String { folder.file("vault") }
    var state: String { folder.file("state") }

    init(scale: Int = 0, initialized: Bool = true) throws {
        folder = try TemporaryFolder("opsd-end")
        lab = try HarborLab.up(in: folder, options: .init(scale: scale))
        let made = try Program.run(Project.programs + "/opsd", ["keys", "make", "--identity", folder.file("identity")])
        recipient = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        var text = try lab.writerConfiguration(
            .init(vault: folder.file("vault"), keysVault: folder.file("vault-keys"), recipients: [recipient], state: folder.file("state")))
        text = text.replacing("jobs:\n", with: "jobs:\n  backup-database: {kind: backup, scope: database, schedule: \"*/15 * * * *\"}\n")
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        if initialized {
            for name in ["main", "keys"] { _ = try succeed("vault", "init", "--vault", name) }
        }
    }

    /// Runs `opsd` with this host's configuration.
    func opsd(_ words: String..., configuration other: String? = nil) throws -> ProgramResult { try opsd(words, other) }

    func opsd(_ words: [String], _ other: String? = nil) throws -> ProgramResult {
        try Program.run(Project.programs + "/opsd", words + ["--config", other ?? configuration])
    }

    /// Runs `opsd` and throws what it said where it did not end with 0.
    func succeed(_ words: String...) throws -> String {
        let result = try opsd(words)
        guard result.status == 0 else {
            throw LabError(.system, "opsd \(words.joined(separator: " ")) ended with \(result.status): \(result.errors)\(result.output)")
        }
        return result.output
    }

    /// A backup's result, as `--json` prints it, with the exit status.
    func backup(_ job: String = "backup") throws -> (status: Int32, report: BackupReport) {
        let result = try opsd("run-now", job, "--json")
        guard let report = try? JSONDecoder().decode(BackupReport.self, from: Data(result.bytes)) else {  // the text itself says why
            throw LabError(.system, "no report: \(result.output)\(result.errors)")
        }
        return (result.status, report)
    }

    /// Every object of the vaults with its size and time of change: what must stay the same where nothing may be changed.
    func vaultFingerprint() throws -> String {
        try String(decoding: Program.succeed("find", [vault, folder.file("vault-keys"), "-printf", "%P %s %T@\\n"]), as: UTF8.self)
    }

    /// An empty database in the lab's cluster, and its DSN for a superuser.
    func emptyDatabase() throws -> (name: String, dsn: String) {
        let name = try lab.cluster.makeDatabase("restored")
        return (name, lab.cluster.dsn(database: name))
    }

    /// `pg_dump --schema-only` of a database, without the lines that carry a random key.
    func schemaText(_ database: String) throws -> String {
        let text = String(decoding: try lab.cluster.client("pg_dump", ["--schema-only"], database: database), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).filter {
            !$0.hasPrefix("\\restrict") && !$0.hasPrefix("\\unrestrict")
        }
        .joined(separator: "\n")
    }

    /// The COPY lines of every table, sorted.
    func rows(_ database: String) throws -> [String: [String]] {
        let tables = try lab.cluster.psql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", database: database)
        var rows: [String: [String]] = [:]
        for table in tables.split(separator: "\n").map(String.init) {
            let text = String(
                decoding: try lab.cluster.client("psql", ["-XqAt", "-c", "COPY public.\"\(table)\" TO STDOUT"], database: database),
                as: UTF8.self)
            rows[table] = text.split(separator: "\n").map(String.init).sorted()
        }
        return rows
    }

    /// Pulls every image that a registry can serve and compares it byte for byte with the live storage; returns how many there were.
    func pullAll(from storage: String) throws -> Int {
        let registry = try RegistryServer.start(storage: storage)
        defer { registry.stop() }
        var pulled = 0
        for image in lab.images where ![.schema1, .sha512, .proxyIndex, .proxyChild].contains(image.kind) {
            let accept = ["Accept": image.mediaType]
            for reference in [image.digest] + image.tags {
                let manifest = try registry.request("GET", "/v2/\(image.repository)/manifests/\(reference)", headers: accept)
                guard manifest.status == 200, try Data(manifest.body) == live(image.digest) else {
                    throw LabError(.system, "\(image.repository):\(reference) answers \(manifest.status)")
                }
            }
            for blob in image.blobs where FileManager.default.fileExists(atPath: lab.blobFile(blob)) {
                let answer = try registry.request("GET", "/v2/\(image.repository)/blobs/\(blob)")
                guard answer.status == 200, try Data(answer.body) == live(blob) else {
                    throw LabError(.system, "\(blob) of \(image.repository) answers \(answer.status)")
                }
            }
            pulled += 1
        }
        return pulled
    }

    private func live(_ digest: String) throws -> Data { try Data(contentsOf: URL(filePath: lab.blobFile(digest))) }
}

/// What the tests look at in a run's result.
struct BackupReport: Decodable {
    struct Finding: Decodable {
        let severity: String
        let code: String
        let message: String
    }

    let run: String
    let outcome: String
    let reason: String?
    let numbers: [String: Int64]
    let findings: [Finding]
    let snapshots: [String: String]?
}
