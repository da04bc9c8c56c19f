package import Foundation
package import HarborAPI
package import HarborDatabase
package import JobEngine
package import Postgres

/// How the jobs of the registry's upkeep reach one Harbor: they plan from a snapshot of its database, and change things through its API.
package struct HarborAccess: Sendable {
    /// Harbor's API.
    package let client: HarborClient
    /// The registry's host as image references spell it, with its port where that is not the scheme's own.
    package let registry: String
    /// Harbor's database; only read.
    package let database: PostgresSettings
    /// For ages and records.
    package let wallclock: any WallClock
    /// For pauses and limits.
    package let clock: any Clock<Duration>

    /// Describes the way to one Harbor; nothing is connected yet.
    package init(
        client: HarborClient, registry: String, database: PostgresSettings, wallclock: any WallClock, clock: any Clock<Duration>
    ) {
        self.client = client
        self.registry = registry
        self.database = database
        self.wallclock = wallclock
        self.clock = clock
    }

    /// Asks the database as it was at one moment, which `ask` is told by the server's clock.
    ///
    /// Vacuum is held back as long as `ask` takes. Throws ``UpkeepError`` where the database cannot be reached or is not Harbor's, and what
    /// `ask` throws.
    package func withSnapshot<Value>(_ ask: (HarborDatabase, Date) async throws -> Value) async throws -> Value {
        let snapshot: PostgresSnapshot
        do {
            snapshot = try await PostgresSnapshot.open(database)
        } catch let error as PostgresError {
            try Task.checkCancellation()
            throw UpkeepError(
                .unreachable, "Harbor's database cannot be read", remedy: "check it with 'opsd check-config --live'", cause: error)
        }
        do {
            let harbor = HarborDatabase(connection: snapshot.connection)
            guard try await !harbor.schemaVersion().isDirty else {
                throw UpkeepError(
                    .failed, "a migration of Harbor's schema ended half way (dirty), so its rows mean nothing that could be relied on",
                    remedy: "mend the migration with Harbor's own tools")
            }
            let value = try await ask(harbor, Date(timeIntervalSince1970: Double(snapshot.takenAt.microseconds) / 1e6))
            await snapshot.close()
            return value
        } catch {
            await snapshot.close()
            throw error
        }
    }
}
