import DatabaseDump
import Foundation
import HarborDatabase
import JobEngine
import OCIImage
import Postgres
import Vault

extension BackupJob {
    /// What the database snapshot gave: everything that needs the transaction.
    struct DatabasePart: Sendable {
        let object: StoredObject
        let summary: DumpSummary
        let needs: NeedsMerge.Result
        let inventory: InventorySpool
        let inventoryCounts: InventoryCounts
        let encrypted: [EncryptedValue]
        let schema: SchemaVersion
        let server: ServerInfo
        let absentChildren: Int
        let takenAt: Date
    }

    /// Dumps the database and reads what is needed, all in one snapshot. The transaction ends here: it is never held while blobs are read.
    func readDatabase(_ id: SnapshotID, _ listing: PackListing, _ recorder: RunRecorder) async throws -> DatabasePart {
        let snapshot = try await PostgresSnapshot.open(source.database)
        do {
            let part = try await read(snapshot, id, listing, recorder)
            await snapshot.close()
            return part
        } catch {
            await snapshot.close()
            throw error
        }
    }

    private func read(
        _ snapshot: PostgresSnapshot, _ id: SnapshotID, _ listing: PackListing, _ recorder: RunRecorder
    ) async throws -> DatabasePart {
        let harbor = HarborDatabase(connection: snapshot.connection)
        let schema = try await harbor.schemaVersion()
        guard !schema.isDirty else {
            throw JobError(
                .refused,
                "schema_migrations says that migration \(schema.version) ended half way (dirty): Harbor itself does not start on this database",
                remedy: "mend the migration with Harbor's own tools, then back up again")
        }
        let dump = DatabaseDump(
            snapshot: snapshot,
            options: DumpOptions(
                connections: options.connections, excludingScanTables: options.excludesScanTables,
                allowNewerServer: options.allowsNewerServer))
        let (object, summary) = try await DumpArchive(vault: vault, snapshot: id, recorder: recorder).write(dump)
        let spool = try InventorySpool(id, in: vault)
        let needs = try await NeedsMerge(harbor: harbor, catalog: vault.catalog, soundPacks: listing.sound, inventory: spool).run()
        for sample in needs.summary.malformedSamples {
            recorder.note(
                Finding(.warning, "malformed_digest", "a row names '\(sample.text)', which is no digest, so what it means cannot be saved"))
        }
        let counts = try await harbor.inventory { try spool.append($0) }
        return DatabasePart(
            object: object, summary: summary, needs: needs, inventory: spool, inventoryCounts: counts,
            encrypted: try await harbor.encryptedSamples(limit: 64), schema: schema, server: snapshot.info,
            absentChildren: try await harbor.absentChildren(),
            takenAt: Date(timeIntervalSince1970: Double(snapshot.takenAt.microseconds) / 1e6))
    }
}
