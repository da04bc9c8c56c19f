/// What tests can turn while jobs run.
package struct JobSwitches: Sendable {
    /// Digests of blobs that the storage refuses to delete: they end as `deletefailed`.
    package var undeletableBlobs: Set<String> = []
    /// Digests of blobs that the next collection takes away although they are needed, as versions of Harbor with that fault did.
    package var wronglyDeletedBlobs: Set<String> = []
    /// Kinds of jobs that pay no attention to a stop.
    package var deafJobs: Set<JobType> = []
    /// How many of the next scans fail.
    package var failingScans = 0
    /// Whether Harbor reaches its scanners.
    package var isScannerHealthy = true
    /// What every scanner tells about itself; nil stands for one that gives no properties.
    package var scannerProperties: [String: String]? = [
        ScannerProperty.databaseUpdatedAt: "2026-01-01T00:00:00Z", ScannerProperty.databaseNextUpdateAt: "2026-01-02T00:00:00Z",
        "harbor.scanner-adapter/scanner-type": "os-package-vulnerability",
    ]
    /// What a scan finds in the manifest with a digest; without an entry it finds what the last one found.
    package var findings: [String: [ScanFinding]] = [:]

    /// Nothing is broken.
    package init() {}
}

/// Names of properties that Harbor's scanner tells about itself.
package enum ScannerProperty {
    /// When the vulnerability database was made, RFC 3339; missing until the first download.
    package static let databaseUpdatedAt = "harbor.scanner-adapter/vulnerability-database-updated-at"
    /// When the next one is due; missing where updates are off.
    package static let databaseNextUpdateAt = "harbor.scanner-adapter/vulnerability-database-next-update-at"
}
