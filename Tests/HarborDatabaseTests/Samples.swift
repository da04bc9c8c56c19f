import HarborDatabase
import HarborLab
import LabServers
import OCIImage
import Postgres
import Synchronization

/// The lab that the suites of this process share; nobody changes its rows.
enum SharedLab {
    static var value: HarborLab {
        get throws { try result.get() }
    }

    private static let result = Result { try HarborLab.up() }

    /// Settings of the role that can only read.
    static func settings() throws -> PostgresSettings {
        let database = try value.database
        return PostgresSettings(
            host: database.host, port: database.port, database: database.name, user: database.user, password: Secret(database.password))
    }
}

/// A database with Harbor's tables and only the rows that a test writes.
final class EmptyHarbor: Sendable {
    let name: String
    private let cluster: PostgresCluster

    init(withTables: Bool = true) throws {
        cluster = try PostgresCluster.shared
        name = try cluster.makeDatabase("harbor")
        if withTables { try HarborSchema.create(in: cluster, database: name) }
    }

    deinit {
        // The cluster goes with the process, and the database with it.
        try? cluster.dropDatabase(name)
    }

    @discardableResult
    func sql(_ statements: String) throws -> String { try cluster.psql(statements, database: name) }

    func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(PostgresSettings(dsn: cluster.dsn(database: name)))
    }

    /// Opens a snapshot, as a backup does, and runs `body` in it.
    func inSnapshot<Value: Sendable>(_ body: (HarborDatabase) async throws -> Value) async throws -> Value {
        let snapshot = try await PostgresSnapshot.open(PostgresSettings(dsn: cluster.dsn(database: name)))
        let value = try await body(HarborDatabase(connection: snapshot.connection))
        await snapshot.close()
        return value
    }

    /// Writes one artifact whose contents are `blobs`, beside its own manifest.
    func addArtifact(
        _ digest: String, in repository: String, project: Int = 1, manifestType: String = MediaType.ociManifest, blobs: [String] = []
    ) throws {
        try sql(
            """
            INSERT INTO repository (name, project_id) VALUES ('\(repository)', \(project)) ON CONFLICT DO NOTHING;
            INSERT INTO artifact (project_id, repository_name, digest, type, repository_id, media_type, manifest_media_type, artifact_type)
            SELECT \(project), name, '\(digest)', 'IMAGE', repository_id, 'config', '\(manifestType)', 'config' FROM repository WHERE name = '\(repository)';
            """)
        for blob in blobs + [digest] {
            try sql("INSERT INTO artifact_blob (digest_af, digest_blob) VALUES ('\(digest)', '\(blob)') ON CONFLICT DO NOTHING")
        }
    }

    /// Writes the row of a blob, and that project 1 has it.
    func addBlob(_ digest: String, type: String = MediaType.ociLayer, size: Int = 1, status: String = "none", isOwned: Bool = true) throws {
        try sql(
            """
            INSERT INTO blob (digest, content_type, size, status) VALUES ('\(digest)', '\(type)', \(size), '\(status)');
            """ + (isOwned ? "INSERT INTO project_blob (project_id, blob_id) SELECT 1, id FROM blob WHERE digest = '\(digest)';" : ""))
    }
}

/// A digest that is told from others by its name.
func digest(_ name: String, _ algorithm: Digest.Algorithm = .sha256) -> Digest { Digest(of: Array(name.utf8), algorithm: algorithm) }

/// All needed blobs, in the order in which they came.
func needs(_ harbor: HarborDatabase) async throws -> (blobs: [NeededBlob], summary: NeedsSummary) {
    let blobs = Mutex<[NeededBlob]>([])
    let summary = try await harbor.neededBlobs { blob in blobs.withLock { $0.append(blob) } }
    return (blobs.withLock { $0 }, summary)
}

/// The whole inventory, read as a consumer reads it.
func inventory(_ harbor: HarborDatabase) async throws -> (lines: [InventoryLine], texts: [String], counts: InventoryCounts) {
    let texts = Mutex<[String]>([])
    let counts = try await harbor.inventory { line in texts.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    let found = texts.withLock { $0 }
    return (try found.map { try InventoryLine(parsing: $0.utf8) }, found, counts)
}

extension [InventoryLine] {
    var artifacts: [InventoryArtifact] {
        compactMap { if case .artifact(let artifact) = $0 { artifact } else { nil } }
    }

    var projects: [InventoryProject] {
        compactMap { if case .project(let project) = $0 { project } else { nil } }
    }
}
