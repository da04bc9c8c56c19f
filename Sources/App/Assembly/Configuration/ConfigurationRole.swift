import JobEngine

/// What an opsd with this configuration can do to a vault.
package enum ConfigurationRole: String, CaseIterable, Comparable, Sendable, Codable {
    /// Adds backups of a registry; cannot decrypt what it stored.
    case writer
    /// May delete, and check what can be checked without decrypting.
    case keeper
    /// Decrypts: drills, full verification, restores.
    case recoveryHost = "recovery-host"

    /// The order in which messages list roles.
    package static func < (one: ConfigurationRole, other: ConfigurationRole) -> Bool { one.order < other.order }

    private var order: Int {
        switch self {
        case .writer: 0
        case .keeper: 1
        case .recoveryHost: 2
        }
    }
}

extension Configuration {
    /// Whether this host is the registry's: it reaches the database or the blobs.
    package var isRegistryHost: Bool { database != nil || storage != nil }

    /// The roles that these sections and keys amount to, in a fixed order. A single one is what a careful installation has.
    package var roles: [ConfigurationRole] {
        var roles: Set<ConfigurationRole> = []
        if isRegistryHost, vaults.contains(where: \.canWrite) { roles.insert(.writer) }
        if vaults.contains(where: { $0.identity != nil }) { roles.insert(.recoveryHost) }
        let isPlainKeeper = !isRegistryHost && vaults.contains { $0.identity == nil && ($0.catalogIdentity != nil || $0.signingKey != nil) }
        if isPlainKeeper || jobs.contains(where: { $0.kind == .prune }) { roles.insert(.keeper) }
        return roles.sorted()
    }
}
