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
    ///
    /// Two of a kind would do the same work twice, or in each other's way: Harbor runs one collection, a drill has one staging place.
    package static func relation(_ one: JobKind, _ other: JobKind) -> Relation {
        // By one kind after the other: over pairs of so many kinds the compiler gives up.
        switch one {
        case .backup:
            switch other {
            case .backup, .prune: .apartInOneVault
            // A collection deletes blobs that a running backup has still to read.
            case .gc: .apart
            // Reading never harms reading, and a backup only adds. Rescans read through the registry; a snapshot of the database does not
            // see what retention does to it afterwards.
            case .restoreDrill, .rescan, .retention, .verify, .audit, .pinCheck: .together
            }
        case .gc:
            switch other {
            // What retention removes, the collection after it shall see whole.
            case .backup, .gc, .retention: .apart
            // A prune may delete what a snapshot still had when it counted as cover for what goes.
            case .prune: .apartInOneVault
            case .restoreDrill, .rescan, .verify, .audit, .pinCheck: .together
            }
        case .retention:
            switch other {
            case .retention, .gc: .apart
            case .prune: .apartInOneVault
            case .backup, .restoreDrill, .rescan, .verify, .audit, .pinCheck: .together
            }
        case .prune:
            switch other {
            // A prune deletes packs that a backup may be about to count on, that readers are about to read, and that cover what retention
            // and a collection remove.
            case .backup, .restoreDrill, .retention, .gc, .verify, .prune, .audit: .apartInOneVault
            case .rescan, .pinCheck: .together
            }
        case .restoreDrill:
            switch other {
            case .restoreDrill: .apart
            case .prune: .apartInOneVault
            case .backup, .rescan, .retention, .gc, .verify, .audit, .pinCheck: .together
            }
        case .rescan, .pinCheck: one == other ? .apart : .together
        case .verify, .audit:
            switch other {
            case .prune: .apartInOneVault
            case .verify, .audit: one == other ? .apartInOneVault : .together
            case .backup, .restoreDrill, .rescan, .retention, .gc, .pinCheck: .together
            }
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
