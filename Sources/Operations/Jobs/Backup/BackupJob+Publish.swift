import DatabaseDump
import Foundation
import HarborDatabase
import JobEngine
import LocalIO
import Postgres
import Vault

extension BackupJob {
    /// Publishes the snapshots of this run: companions first, the job's own vault last, naming them.
    func publish(_ parts: Parts, _ recorder: RunRecorder) async throws -> Result {
        var snapshots: [String: SnapshotID] = [:]
        var named: [SnapshotManifest.Companion] = []
        for (name, files) in Dictionary(grouping: parts.files.filter { $0.vault != vault.name }, by: \.vault).sorted(by: { $0.key < $1.key }
        ) {
            guard let home = companions[name] else { continue }
            var draft = SnapshotDraft(
                id: parts.snapshot, scope: .files, recoveryPoint: parts.database.takenAt, isComplete: true,
                versions: SnapshotManifest.Versions(opsd: options.version))
            draft.fileSets = files.map(\.set)
            _ = try await home.publish(draft, SnapshotContents(objects: files.map(\.object)), at: clock.now)
            snapshots[name] = parts.snapshot
            named.append(SnapshotManifest.Companion(vault: home.description.id, snapshot: parts.snapshot))
        }
        let inventory = try await writeInventory(parts)
        let own = parts.files.filter { $0.vault == vault.name }
        var draft = draft(parts)
        draft.fileSets = own.map(\.set)
        draft.companions = named
        let contents = SnapshotContents(
            objects: [parts.database.object] + own.map(\.object) + [inventory], stored: parts.stored.packs, needs: parts.closure.packs,
            listing: parts.listing.sizes)
        let entry = try await vault.publish(draft, contents, at: clock.now)
        snapshots[vault.name] = parts.snapshot
        try InventorySpool.prune(in: vault)
        count(parts, entry.manifest, recorder)
        return Result(
            outcome: outcome(parts, recorder), snapshots: snapshots, recoveryPoint: parts.database.takenAt,
            isComplete: parts.closure.isComplete)
    }

    private func draft(_ parts: Parts) -> SnapshotDraft {
        let database = parts.database
        var draft = SnapshotDraft(
            id: parts.snapshot, scope: options.isDatabaseOnly ? .database : .full, recoveryPoint: database.takenAt,
            isComplete: parts.closure.isComplete,
            versions: SnapshotManifest.Versions(
                opsd: options.version, harborSchema: Int64(database.schema.version), postgresql: database.server.serverVersion,
                databaseFormat: database.summary.formatVersion))
        draft.database = SnapshotManifest.Database(
            name: database.server.databaseName, encoding: database.server.databaseEncoding, collate: database.server.collate,
            ctype: database.server.ctype, systemIdentifier: database.server.systemIdentifier)
        draft.excluded = options.excludesScanTables ? ["scan"] : []
        draft.counts.artifacts = database.inventoryCounts.artifacts
        draft.counts.blobs = database.needs.needed
        draft.counts.blobBytes = database.needs.difference.presentBytes + parts.stored.bytes
        draft.counts.brokenAtSource = parts.breakage.broken.count
        draft.counts.unacknowledged = parts.breakage.unacknowledged
        draft.counts.tables = database.summary.tables.count
        draft.counts.rows = database.summary.rows
        draft.counts.absentChildren = database.absentChildren
        return draft
    }

    private func writeInventory(_ parts: Parts) async throws -> StoredObject {
        let broken = parts.breakage.broken.map { item in
            BrokenLine(
                digest: "\(item.blob.digest)", reason: item.blob.reason.rawValue, images: item.images.map(\.name),
                acknowledgedUntil: item.acknowledged?.until)
        }
        let counts = parts.database.inventoryCounts
        try parts.database.inventory.finish(
            broken: broken, counts: InventoryEnd(artifacts: counts.artifacts, projects: counts.projects, broken: broken.count))
        let sealed = try await SealedUpload(.snapshot(parts.snapshot, .inventory), on: vault.target, to: vault.dataRecipients)
        do {
            let file = try FileReader(parts.database.inventory.path)
            var piece: [UInt8] = []
            try file.read(into: &piece)
            while !piece.isEmpty {
                try await sealed.write(piece)
                try file.read(into: &piece)
            }
            return try await sealed.finish()
        } catch {
            await sealed.abandon()
            throw error
        }
    }

    private func outcome(_ parts: Parts, _ recorder: RunRecorder) -> RunOutcome {
        if !parts.closure.isComplete {
            recorder.note(
                Finding(
                    .warning, "incomplete",
                    "\(parts.closure.unsaved.count) needed blobs are in no pack, so this snapshot is incomplete and no recovery point"))
        }
        return recorder.findings.contains { $0.severity == .warning } ? .partial : .succeeded
    }

    private func count(_ parts: Parts, _ manifest: SnapshotManifest, _ recorder: RunRecorder) {
        recorder.add("needed_blobs", Int64(parts.database.needs.needed))
        recorder.add("read_blobs", 0)
        recorder.add("read_bytes", 0)
        recorder.add("new_blobs", Int64(parts.stored.blobs))
        recorder.add("new_bytes", parts.stored.bytes)
        recorder.add("packs_written", Int64(parts.stored.packs.count))
        recorder.add("packs_adopted", Int64(manifest.counts.packsAdopted))
        recorder.add("written_bytes", parts.database.object.size + parts.files.reduce(0) { $0 + $1.object.size })
        recorder.add("broken_at_source", Int64(parts.breakage.broken.count))
        for item in parts.breakage.broken where item.acknowledged == nil { recorder.add(item.blob.reason.unacknowledgedNumber, 1) }
        recorder.add("database_rows", parts.database.summary.rows)
        recorder.add("database_bytes", parts.database.summary.bytes)
        recorder.add("sequence", Int64(manifest.sequence))
    }
}
