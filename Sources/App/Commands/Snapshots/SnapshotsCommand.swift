import ArgumentParser
import Assembly
import Foundation
import Vault

/// A snapshot as `opsd snapshots --json` and `opsd snapshot show --json` print it.
struct SnapshotSummary: Encodable {
    let snapshot: String
    let vault: String
    let scope: String
    let complete: Bool
    let created: Date
    let recoveryPoint: Date
    let sequence: Int
    let signer: String
    let artifacts: Int
    let blobs: Int
    let blobBytes: Int64
    let tables: Int
    let rows: Int64
    let brokenAtSource: Int
    let packsNeeded: Int
    let packsWritten: Int
    let packsAdopted: Int
    let objects: Int
    let objectBytes: Int64
    let fileSets: [String]
    let excluded: [String]
    let harborSchema: Int64?
    let postgresql: String?
    let opsd: String
    let companions: [String]

    init(_ manifest: SnapshotManifest, vault: String) {
        snapshot = manifest.snapshot.description
        self.vault = vault
        scope = manifest.scope.rawValue
        complete = manifest.complete
        created = manifest.created
        recoveryPoint = manifest.recoveryPoint
        sequence = manifest.sequence
        signer = manifest.signer
        artifacts = manifest.counts.artifacts
        blobs = manifest.counts.blobs
        blobBytes = manifest.counts.blobBytes
        tables = manifest.counts.tables
        rows = manifest.counts.rows
        brokenAtSource = manifest.counts.brokenAtSource
        packsNeeded = manifest.counts.packsNeeded
        packsWritten = manifest.counts.packsWritten
        packsAdopted = manifest.counts.packsAdopted
        objects = manifest.objectList.objects
        objectBytes = manifest.objectList.bytes
        fileSets = manifest.fileSets
        excluded = manifest.excluded
        harborSchema = manifest.versions.harborSchema
        postgresql = manifest.versions.postgresql
        opsd = manifest.versions.opsd
        companions = manifest.companions.map { "\($0.vault)" }
    }
}

/// `opsd snapshots`.
struct SnapshotsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "snapshots", abstract: "List the snapshots of a vault, oldest first.")

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The vault, where the configuration has several.", valueName: "name"))
    var vault: String?

    @Flag(help: "Print the list as JSON.")
    var json = false

    private struct Listing: Encodable {
        let vault: String
        let snapshots: [SnapshotSummary]
        let rejected: [String]
    }

    func run() async throws {
        let installation = try global.installation()
        let vault = try await installation.openVault(vault)
        let history = try await installation.history(of: vault)
        let snapshots = history.entries.map { SnapshotSummary($0.manifest, vault: vault.name) }
        if json {
            let rejected = history.rejected.map { "\($0.snapshot): \($0.reason)" }
            return try JSONOutput.print(Listing(vault: vault.name, snapshots: snapshots, rejected: rejected))
        }
        var table = Table("SNAPSHOT", "RECOVERY POINT", "SCOPE", "STATE", "ARTIFACTS", "BLOBS", "SIZE", "SEQUENCE")
        for snapshot in snapshots {
            let state =
                snapshot.complete
                ? (snapshot.brokenAtSource > 0 ? "complete, \(snapshot.brokenAtSource) broken at source" : "complete") : "INCOMPLETE"
            table.add(
                snapshot.snapshot, HumanText.time(snapshot.recoveryPoint), snapshot.scope, state, "\(snapshot.artifacts)",
                "\(snapshot.blobs)",
                HumanText.size(snapshot.blobBytes), "\(snapshot.sequence)")
        }
        Console.current.write(table.text)
        for rejected in history.rejected { Console.current.say("not trusted: \(rejected.snapshot): \(rejected.reason)") }
    }
}

/// `opsd snapshot ...`: one snapshot.
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Look at one snapshot.", subcommands: [SnapshotShowCommand.self])
}

/// `opsd snapshot show ID`.
struct SnapshotShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show what a snapshot holds, from its signed manifest.")

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The vault, where the configuration has several.", valueName: "name"))
    var vault: String?

    @Argument(help: "The snapshot's id, the beginning of it, or latest.")
    var id: String

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let installation = try global.installation()
        let vault = try await installation.openVault(vault)
        let history = try await installation.history(of: vault)
        let summary = SnapshotSummary(try installation.choose(id, from: history, in: vault).manifest, vault: vault.name)
        if json { return try JSONOutput.print(summary) }
        let rows: [(String, String)] = [
            ("snapshot", summary.snapshot), ("vault", summary.vault), ("scope", summary.scope),
            ("state", summary.complete ? "complete" : "INCOMPLETE"), ("recovery point", HumanText.time(summary.recoveryPoint)),
            ("created", HumanText.time(summary.created)), ("chain", "sequence \(summary.sequence) of \(summary.signer)"),
            ("artifacts", "\(summary.artifacts)"), ("blobs", "\(summary.blobs), \(HumanText.size(summary.blobBytes))"),
            ("broken at source", "\(summary.brokenAtSource)"), ("database", "\(summary.tables) tables, \(summary.rows) rows"),
            ("packs", "\(summary.packsNeeded) needed, \(summary.packsWritten) written, \(summary.packsAdopted) adopted"),
            ("objects", "\(summary.objects), \(HumanText.size(summary.objectBytes))"),
            ("file sets", summary.fileSets.joined(separator: ", ")),
            ("left out", summary.excluded.joined(separator: ", ")),
            ("versions", "opsd \(summary.opsd), PostgreSQL \(summary.postgresql ?? "-")"),
            ("also in vaults", summary.companions.joined(separator: ", ")),
        ]
        for (name, value) in rows where !value.isEmpty {
            Console.current.line(name + String(repeating: " ", count: max(1, 18 - name.count)) + value)
        }
    }
}
