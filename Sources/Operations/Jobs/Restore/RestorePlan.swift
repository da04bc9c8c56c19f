package import Vault

/// What a restore would do. Printed; nothing happens until somebody says `--execute`.
package struct RestorePlan: Sendable {
    /// In words.
    package let what: String
    /// Where it goes.
    package let to: String
    /// The verified manifest of what would be restored.
    package let snapshot: SnapshotManifest
    /// Bytes to read from the vault.
    package let bytes: Int64
    /// Tables, blobs or file sets to restore.
    package let items: Int
    /// What to know before saying yes, in sentences.
    package let notes: [String]

    /// Describes a restore.
    package init(what: String, to: String, snapshot: SnapshotManifest, bytes: Int64, items: Int, notes: [String] = []) {
        self.what = what
        self.to = to
        self.snapshot = snapshot
        self.bytes = bytes
        self.items = items
        self.notes = notes
    }
}

/// What a restore did.
package struct RestoreResult: Sendable {
    /// Tables, blobs or files that were written.
    package var restored: Int
    /// Bytes of content that were written.
    package var bytes: Int64
    /// Present before and found right.
    package var kept: Int
    /// What could not be had, in words; a restore with any is partial.
    package var missing: [String]
    /// What else to know of the result, in sentences; none makes it partial.
    package var notes: [String]

    /// Describes what came of a restore.
    package init(restored: Int, bytes: Int64, kept: Int, missing: [String], notes: [String] = []) {
        self.restored = restored
        self.bytes = bytes
        self.kept = kept
        self.missing = missing
        self.notes = notes
    }
}
