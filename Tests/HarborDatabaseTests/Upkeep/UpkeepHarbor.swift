import Foundation
import HarborDatabase
import OCIImage
import Synchronization

/// A database of Harbor's with the projects `plain` (1), `other` (2), a proxy cache `cache` (3) and a deleted one (4), and rows by name:
/// an image called `web` has the digest of that word.
struct UpkeepHarbor {
    let database: EmptyHarbor
    /// When images were pushed, unless a test says otherwise.
    static let pushed = Date(timeIntervalSince1970: 1_767_323_045.678_901)

    init() throws {
        database = try EmptyHarbor()
        try sql(
            """
            INSERT INTO harbor_user (user_id, username, email, password, realname) VALUES (901, 'u', 'u', '', '') ON CONFLICT DO NOTHING;
            INSERT INTO project (project_id, owner_id, name, deleted, registry_id) VALUES
            (1, 901, 'plain', false, NULL), (2, 901, 'other', false, 0), (3, 901, 'cache', false, 7), (4, 901, 'gone#4', true, NULL)
            ON CONFLICT (project_id) DO UPDATE SET name = excluded.name, registry_id = excluded.registry_id, deleted = excluded.deleted
            """)
    }

    @discardableResult
    func sql(_ statements: String) throws -> String { try database.sql(statements) }

    func inSnapshot<Value: Sendable>(_ body: (HarborDatabase) async throws -> Value) async throws -> Value {
        try await database.inSnapshot(body)
    }

    /// Writes an image with all its rows: 10 bytes of manifest, 100 a layer, all of them long there.
    @discardableResult
    func image(
        _ name: String, in repository: String = "plain/app", project: Int = 1, tags: [String] = [], type: String = MediaType.ociManifest,
        layers: [String] = []
    ) throws -> Int64 {
        let manifest = digest(name)
        let blobs = layers.map { (digest($0), MediaType.ociLayer, 100) } + [(manifest, type, 10)]
        let script =
            """
            INSERT INTO repository (name, project_id) VALUES ('\(repository)', \(project)) ON CONFLICT DO NOTHING;
            INSERT INTO artifact (
                project_id, repository_name, digest, type, repository_id, media_type, manifest_media_type, artifact_type, push_time, size)
            SELECT \(project), name, '\(manifest)', 'IMAGE', repository_id, 'config', '\(type)', 'config', '2026-01-02 03:04:05.678901', 10
            FROM repository WHERE name = '\(repository)';
            INSERT INTO blob (digest, content_type, size, update_time)
            VALUES \(blobs.map { "('\($0.0)', '\($0.1)', \($0.2), '2026-01-02')" }.joined(separator: ", ")) ON CONFLICT DO NOTHING;
            INSERT INTO artifact_blob (digest_af, digest_blob)
            VALUES \(blobs.map { "('\(manifest)', '\($0.0)')" }.joined(separator: ", ")) ON CONFLICT DO NOTHING;
            INSERT INTO project_blob (project_id, blob_id) SELECT \(project), id FROM blob
            WHERE digest IN (\(blobs.map { "'\($0.0)'" }.joined(separator: ", "))) ON CONFLICT DO NOTHING;
            """
        let tagged = tags.map { Self.tagging(name, $0, in: repository) }.joined()
        let place = "digest = '\(manifest)' AND repository_name = '\(repository)'"
        return Int64(try sql(script + tagged + "SELECT id FROM artifact WHERE \(place)")) ?? 0
    }

    private static func tagging(_ name: String, _ tag: String, in repository: String) -> String {
        """
        INSERT INTO tag (repository_id, artifact_id, name) SELECT repository_id, id, '\(tag)' FROM artifact
        WHERE digest = '\(digest(name))' AND repository_name = '\(repository)';
        """
    }

    func tag(_ name: String, _ tag: String, in repository: String = "plain/app") throws {
        try sql(Self.tagging(name, tag, in: repository))
    }

    func row(_ name: String, in repository: String = "plain/app") throws -> Int64 {
        Int64(try sql("SELECT \(Self.rowOf(name, in: repository))")) ?? 0
    }

    /// The row as a part of a statement, which saves a call.
    private static func rowOf(_ name: String, in repository: String) -> String {
        "(SELECT id FROM artifact WHERE digest = '\(digest(name))' AND repository_name = '\(repository)')"
    }

    func list(_ child: String, under parent: String, in repository: String = "plain/app") throws {
        try sql(
            """
            INSERT INTO artifact_reference (parent_id, child_id, child_digest)
            VALUES (\(Self.rowOf(parent, in: repository)), \(Self.rowOf(child, in: repository)), '\(digest(child))');
            INSERT INTO artifact_blob (digest_af, digest_blob) VALUES ('\(digest(parent))', '\(digest(child))') ON CONFLICT DO NOTHING
            """)
    }

    func attach(_ accessory: String, to subject: String, isEarly: Bool = false, in repository: String = "plain/app") throws {
        try sql(
            """
            INSERT INTO artifact_accessory (artifact_id, subject_artifact_id, type, digest, subject_artifact_digest, subject_artifact_repo)
            VALUES (\(Self.rowOf(accessory, in: repository)), \(isEarly ? "NULL" : Self.rowOf(subject, in: repository)), 'signature.cosign',
                '\(digest(accessory))', '\(digest(subject))', '\(repository)')
            """)
    }

    /// Removes an artifact as Harbor's API does: its rows go, the trash knows it, and projects let go of what they need no longer.
    func delete(_ name: String, in repository: String = "plain/app") throws {
        let id = Self.rowOf(name, in: repository)
        try sql(
            """
            INSERT INTO artifact_trash (media_type, manifest_media_type, repository_name, digest)
            SELECT media_type, manifest_media_type, repository_name, digest FROM artifact WHERE id = \(id);
            DELETE FROM tag WHERE artifact_id = \(id);
            DELETE FROM artifact_reference WHERE parent_id = \(id);
            DELETE FROM artifact WHERE id = \(id);
            DELETE FROM project_blob WHERE blob_id IN (
                SELECT blob.id FROM blob JOIN artifact_blob part ON part.digest_blob = blob.digest WHERE part.digest_af = '\(digest(name))')
            AND NOT EXISTS (
                SELECT FROM blob JOIN artifact_blob part ON part.digest_blob = blob.digest JOIN artifact ON artifact.digest = part.digest_af
                WHERE blob.id = project_blob.blob_id AND artifact.project_id = project_blob.project_id)
            """)
    }
}

/// All repositories, in the order in which they came.
func repositories(_ harbor: HarborDatabase) async throws -> (all: [StoredRepository], summary: RepositoriesSummary) {
    let all = Mutex<[StoredRepository]>([])
    let summary = try await harbor.repositories { repository in all.withLock { $0.append(repository) } }
    return (all.withLock { $0 }, summary)
}

/// What a collection would delete, in the order in which it came.
func garbage(
    _ harbor: HarborDatabase, deletesUntagged: Bool = true, window: Duration = .seconds(7200)
) async throws -> (blobs: [GarbageBlob], untagged: [UntaggedArtifact], state: GarbageState) {
    let found = Mutex<(blobs: [GarbageBlob], untagged: [UntaggedArtifact])>(([], []))
    let state = try await harbor.garbage(
        deletesUntagged: deletesUntagged, window: window, onBlob: { blob in found.withLock { $0.blobs.append(blob) } },
        onUntagged: { artifact in found.withLock { $0.untagged.append(artifact) } })
    return found.withLock { ($0.blobs, $0.untagged, state) }
}

/// All scan states, in the order in which they came.
func scanStates(_ harbor: HarborDatabase) async throws -> (states: [ScanState], summary: ScanStatesSummary) {
    let states = Mutex<[ScanState]>([])
    let summary = try await harbor.scanStates { state in states.withLock { $0.append(state) } }
    return (states.withLock { $0 }, summary)
}
