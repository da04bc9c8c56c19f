package import Foundation

/// `<id>.manifest.json` (format, section 9): what a snapshot is. Its signature makes it exist.
package struct SnapshotManifest: Codable, Sendable, Equatable {
    /// The one manifest version that is written and read.
    package static let currentVersion = 1
    /// A larger manifest is not read.
    package static let sizeLimit = 1 << 20
    /// The signature namespace, never shared with another kind of object.
    package static let namespace = "opsd-manifest@1"

    /// What a run was asked to save.
    package enum Scope: String, Codable, Sendable {
        /// Database, blobs and file sets.
        case full
        /// Database and blobs.
        case database
        /// File sets that belong to a vault of their own.
        case files
    }

    /// A member of the signer's chain before this one.
    package struct Predecessor: Codable, Sendable, Equatable {
        /// Names the member; its sequence is one lower.
        package let snapshot: SnapshotID
        /// SHA-256 of its manifest's bytes.
        package let sha256: String

        /// Names a manifest by snapshot and hash.
        package init(snapshot: SnapshotID, sha256: String) {
            self.snapshot = snapshot
            self.sha256 = sha256
        }
    }

    /// The object list and what it sums up to.
    package struct ObjectListReference: Codable, Sendable, Equatable {
        /// SHA-256 of the list's bytes, lower-case hex.
        package let sha256: String
        /// Bytes of the list itself.
        package let size: Int64
        /// Number of listed objects.
        package let objects: Int
        /// Bytes of all listed objects.
        package let bytes: Int64

        /// Describes a list of `objects` objects.
        package init(sha256: String, size: Int64, objects: Int, bytes: Int64) {
            self.sha256 = sha256
            self.size = size
            self.objects = objects
            self.bytes = bytes
        }
    }

    /// Numbers for people and metrics; none is believed for safety.
    package struct Counts: Codable, Sendable, Equatable {
        /// Artifacts in the inventory.
        package var artifacts = 0
        /// Distinct blobs that the database's rows need.
        package var blobs = 0
        /// Bytes of the needed blobs that packs hold.
        package var blobBytes: Int64 = 0
        /// Packs that hold a needed blob; set at publishing.
        package var packsNeeded = 0
        /// Packs that this run stored; set at publishing.
        package var packsWritten = 0
        /// Packs that an earlier run stored without publishing, listed by this one; set at publishing.
        package var packsAdopted = 0
        /// Needed blobs that production had lost, acknowledged ones counted.
        package var brokenAtSource = 0
        /// Those of `brokenAtSource` that nobody has accepted.
        package var unacknowledged = 0
        /// Tables in the dump.
        package var tables = 0
        /// Rows in the dump, over all tables.
        package var rows: Int64 = 0
        /// Children of indexes that a proxy cache never pulled; neither needed nor lost.
        package var absentChildren = 0

        /// All zero.
        package init() {}
    }

    /// Who wrote it, and from what.
    package struct Versions: Codable, Sendable, Equatable {
        /// Version of the program that wrote the snapshot.
        package var opsd: String
        /// Version of the Harbor that was saved; nil where it was not asked.
        package var harbor: String?
        /// Number of Harbor's last database migration; nil for file sets alone.
        package var harborSchema: Int64?
        /// Version of the server that was dumped; nil for file sets alone.
        package var postgresql: String?
        /// Version of the dump's layout; nil for file sets alone.
        package var databaseFormat: Int?

        /// Versions as far as they are known.
        package init(opsd: String, harbor: String? = nil, harborSchema: Int64? = nil, postgresql: String? = nil, databaseFormat: Int? = nil)
        {
            self.opsd = opsd
            self.harbor = harbor
            self.harborSchema = harborSchema
            self.postgresql = postgresql
            self.databaseFormat = databaseFormat
        }
    }

    /// What a restored database has to be created with.
    package struct Database: Codable, Sendable, Equatable {
        /// Name of the database on the server that was dumped.
        package var name: String
        /// Character set, such as `UTF8`.
        package var encoding: String
        /// Sort order (`LC_COLLATE`), on which the order of text indexes depends.
        package var collate: String
        /// Character classes (`LC_CTYPE`).
        package var ctype: String
        /// What PostgreSQL calls its cluster; nil where the server did not say.
        package var systemIdentifier: String?

        /// Describes the database that was dumped.
        package init(name: String, encoding: String, collate: String, ctype: String, systemIdentifier: String?) {
            self.name = name
            self.encoding = encoding
            self.collate = collate
            self.ctype = ctype
            self.systemIdentifier = systemIdentifier
        }
    }

    /// A snapshot of the same run in another vault.
    package struct Companion: Codable, Sendable, Equatable {
        /// Id of the other vault.
        package let vault: RandomID
        /// Id of the snapshot there.
        package let snapshot: SnapshotID

        /// Names the snapshot of the same run elsewhere.
        package init(vault: RandomID, snapshot: SnapshotID) {
            self.vault = vault
            self.snapshot = snapshot
        }
    }

    /// Always `opsd-manifest`, so that the file says what it is.
    package var format = "opsd-manifest"
    /// A manifest of any version but `currentVersion` is not read.
    package var version = SnapshotManifest.currentVersion
    /// Id of the vault that the manifest belongs to; in another vault it is not believed.
    package var vault: RandomID
    /// Id of this snapshot, also the stem of its objects' names.
    package var snapshot: SnapshotID
    /// Id of the run that wrote it.
    package var run: SnapshotID
    /// What the run was asked to save.
    package var scope: Scope
    /// Public key that signs it, as `ssh-ed25519` and base64.
    package var signer: String
    /// Place in the signer's chain; the first is 1, and each is one higher than the one before.
    package var sequence: Int
    /// The member of the chain before this one; nil for sequence 1.
    package var previous: Predecessor?
    /// When it was published, by the wall clock.
    package var created: Date
    /// The database snapshot's time; for a snapshot of files alone, the time at which they were read.
    package var recoveryPoint: Date
    /// The closure holds: every needed blob is in a sound pack or listed as broken at source.
    package var complete: Bool
    /// Hash and sums of the list through which the signature covers every object.
    package var objectList: ObjectListReference
    /// What the run counted.
    package var counts: Counts
    /// Programs and formats that the content depends on.
    package var versions: Versions
    /// The database that was dumped; nil for file sets alone.
    package var database: Database?
    /// Groups of tables whose rows are left out of the dump, such as `scan`.
    package var excluded: [String]
    /// Names of the archived file sets in this vault.
    package var fileSets: [String]
    /// Snapshots of the same run in other vaults.
    package var companions: [Companion]

    /// Fills a manifest; chain and signature come at publishing.
    package init(
        vault: RandomID, draft: SnapshotDraft, signer: String, sequence: Int, previous: Predecessor?, created: Date,
        objectList: ObjectListReference, counts: Counts
    ) {
        self.vault = vault
        snapshot = draft.id
        run = draft.id
        scope = draft.scope
        self.signer = signer
        self.sequence = sequence
        self.previous = previous
        self.created = created
        recoveryPoint = draft.recoveryPoint
        complete = draft.isComplete
        self.objectList = objectList
        self.counts = counts
        versions = draft.versions
        database = draft.database
        excluded = draft.excluded
        fileSets = draft.fileSets
        companions = draft.companions
    }
}

/// What a run knows of its snapshot before the vault publishes it.
package struct SnapshotDraft: Sendable {
    /// Id of the snapshot to be, that of its run.
    package var id: SnapshotID
    /// What the run was asked to save.
    package var scope: SnapshotManifest.Scope
    /// The database snapshot's time; for file sets alone, the time at which they were read.
    package var recoveryPoint: Date
    /// Whether the closure holds, as the manifest will say in `complete`.
    package var isComplete: Bool
    /// What the run counted; those of packs are set at publishing.
    package var counts = SnapshotManifest.Counts()
    /// Programs and formats that the content depends on.
    package var versions: SnapshotManifest.Versions
    /// The database that was dumped; nil for file sets alone.
    package var database: SnapshotManifest.Database?
    /// Groups of tables whose rows are left out of the dump, such as `scan`.
    package var excluded: [String] = []
    /// Names of the archived file sets in this vault.
    package var fileSets: [String] = []
    /// Snapshots of the same run that were published in other vaults.
    package var companions: [SnapshotManifest.Companion] = []

    /// Begins a draft; what is not known yet is filled in on the way.
    package init(id: SnapshotID, scope: SnapshotManifest.Scope, recoveryPoint: Date, isComplete: Bool, versions: SnapshotManifest.Versions)
    {
        self.id = id
        self.scope = scope
        self.recoveryPoint = recoveryPoint
        self.isComplete = isComplete
        self.versions = versions
    }
}
