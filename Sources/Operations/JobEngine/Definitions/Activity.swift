/// What a run does and to which vault: all that decides with which other runs it may share the host.
package struct Activity: Hashable, Sendable {
    /// What is done.
    package let kind: JobKind
    /// A backup of the database and of blobs alone.
    package let isDatabaseOnly: Bool
    /// The vault that is worked on; nil where the kind has none.
    package let vault: String?

    /// An activity of `kind`.
    package init(_ kind: JobKind, vault: String?, isDatabaseOnly: Bool = false) {
        self.kind = kind
        self.vault = vault
        self.isDatabaseOnly = isDatabaseOnly
    }
}

/// Which activities exclude each other. The table is symmetric; a run that another excludes waits for its end.
package enum ConflictTable {
    /// What two activities are to each other.
    package enum Relation: Sendable, Equatable {
        /// They may run at once.
        case together
        /// One waits for the other where both work on one vault.
        case apartInOneVault
        /// One waits for the other.
        case apart
    }

    /// What the two kinds are to each other.
    package static func relation(_ one: JobKind, _ other: JobKind) -> Relation {
        switch (one, other) {
        // Two of a kind would do the same work twice, or in each other's way: Harbor runs one collection, a drill has one staging place.
        case (.backup, .backup), (.verify, .verify), (.audit, .audit), (.prune, .prune): .apartInOneVault
        case (.gc, .gc), (.retention, .retention), (.rescan, .rescan), (.restoreDrill, .restoreDrill): .apart
        // A collection deletes blobs that a running backup has still to read.
        case (.backup, .gc), (.gc, .backup): .apart
        // What retention removes, the collection after it shall see whole.
        case (.gc, .retention), (.retention, .gc): .apart
        // A prune deletes packs that a backup may be about to count on, and that readers are about to read.
        case (.prune, .backup), (.backup, .prune), (.prune, .verify), (.verify, .prune), (.prune, .audit), (.audit, .prune),
            (.prune, .restoreDrill), (.restoreDrill, .prune):
            .apartInOneVault
        // Reading never harms reading, and a backup only adds. Rescans read through the registry; a snapshot of the database does not see
        // what retention does to it afterwards.
        case (.backup, .restoreDrill), (.backup, .rescan), (.backup, .retention), (.backup, .verify), (.backup, .audit),
            (.restoreDrill, .backup), (.restoreDrill, .rescan), (.restoreDrill, .retention), (.restoreDrill, .gc),
            (.restoreDrill, .verify), (.restoreDrill, .audit), (.rescan, .backup), (.rescan, .restoreDrill), (.rescan, .retention),
            (.rescan, .gc), (.rescan, .verify), (.rescan, .prune), (.rescan, .audit), (.retention, .backup),
            (.retention, .restoreDrill), (.retention, .rescan), (.retention, .verify), (.retention, .prune), (.retention, .audit),
            (.gc, .restoreDrill), (.gc, .rescan), (.gc, .verify), (.gc, .prune), (.gc, .audit), (.verify, .backup),
            (.verify, .restoreDrill), (.verify, .rescan), (.verify, .retention), (.verify, .gc), (.verify, .audit), (.prune, .rescan),
            (.prune, .retention), (.prune, .gc), (.audit, .backup), (.audit, .restoreDrill), (.audit, .rescan), (.audit, .retention),
            (.audit, .gc), (.audit, .verify):
            .together
        }
    }

    /// Whether a run of the one has to wait for a run of the other.
    package static func conflict(_ one: Activity, _ other: Activity) -> Bool {
        switch relation(one.kind, other.kind) {
        case .together: return false
        case .apart: return true
        case .apartInOneVault:
            // The database is saved every few minutes also while a first full backup takes hours: publishing takes turns by itself.
            if one.kind == .backup, other.kind == .backup, one.isDatabaseOnly != other.isDatabaseOnly { return false }
            return one.vault == other.vault
        }
    }
}
