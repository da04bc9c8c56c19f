package import Postgres
package import SystemPackage

/// What a backup reads: the registry host's side of the configuration.
package struct BackupSource: Sendable {
    /// Files that are archived together, into one vault.
    package struct FileSet: Sendable {
        /// Names the set in snapshots and on the command line.
        package let name: String
        /// Absolute paths of files and folders; folders are taken with all below them.
        package let paths: [FilePath]
        /// Name of the vault that keeps it.
        package let vault: String

        /// A set of absolute paths.
        package init(name: String, paths: [FilePath], vault: String) {
            self.name = name
            self.paths = paths
            self.vault = vault
        }
    }

    /// How to reach Harbor's database.
    package var database: PostgresSettings
    /// The folder that holds `docker/registry/v2`.
    package var storage: FilePath
    /// Sets that are archived beside the database, each into its own vault.
    package var fileSets: [FileSet]
    /// Harbor's secret key, to prove that it and the dump belong together; nil where no file set names one.
    package var secretKey: FilePath?
    /// Never archived, wherever a set reaches: the vaults, the registry's blobs, opsd's own state.
    package var excludedFolders: [FilePath]

    /// Describes one Harbor installation.
    package init(
        database: PostgresSettings, storage: FilePath, fileSets: [FileSet], secretKey: FilePath?, excludedFolders: [FilePath]
    ) {
        self.database = database
        self.storage = storage
        self.fileSets = fileSets
        self.secretKey = secretKey
        self.excludedFolders = excludedFolders
    }
}

/// What a backup is asked to save.
package struct BackupOptions: Sendable {
    /// Without file sets (`scope: database`).
    package var isDatabaseOnly: Bool
    /// Leaves the scan tables out, all or nothing.
    package var excludesScanTables: Bool
    /// Connections that dump at the same time, 1 to 16.
    package var connections: Int
    /// Packs that are written at the same time, 1 to 16.
    package var workers: Int
    /// Dumps a server newer than the tested ones.
    package var allowsNewerServer: Bool
    /// Version of this opsd, for the manifest.
    package var version: String

    /// Options with their defaults.
    package init(
        isDatabaseOnly: Bool = false, excludesScanTables: Bool = false, connections: Int = 2, workers: Int = 2,
        allowsNewerServer: Bool = false, version: String
    ) {
        self.isDatabaseOnly = isDatabaseOnly
        self.excludesScanTables = excludesScanTables
        self.connections = connections
        self.workers = workers
        self.allowsNewerServer = allowsNewerServer
        self.version = version
    }
}
