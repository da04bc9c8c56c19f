import Postgres

/// One garbage collection, in Harbor's phases: untagged artifacts, unlinking, marking, sweeping.
struct GarbageCollector: Sendable {
    let context: JobContext
    let parameters: GarbageCollectionParameters

    /// A blob that nothing needs.
    struct Candidate: Sendable {
        let id: Int64
        let digest: String
        let size: Int64
        let version: Int64
        let isManifest: Bool
        let isForeign: Bool

        init(_ row: PostgresRow) throws {
            id = try row.int64("id")
            digest = try row.text("digest")
            size = try row.int64("size")
            version = try row.int64("version")
            isManifest = try row.bool("is_manifest")
            isForeign = try row.bool("is_foreign")
        }
    }

    /// What a collection removed, or would remove.
    struct Result: Sendable {
        var freed: Int64 = 0
        var blobs = 0
        var manifests = 0

        mutating func count(_ blob: Candidate) {
            if blob.isManifest { manifests += 1 } else { blobs += 1 }
            if !blob.isForeign { freed += blob.size }
        }

        var attributes: String { #"{"freed_space":\#(freed),"purged_blobs":\#(blobs),"purged_manifests":\#(manifests)}"# }
    }

    private var database: StandInDatabase { context.database }

    /// Runs all phases; answers nothing to add to the task. Throws `JobStopped`, and where the sweep cannot begin.
    func run() async throws -> String {
        await context.log(
            "collecting garbage: delete_untagged \(parameters.deleteUntagged), dry_run \(parameters.isDryRun), "
                + "workers \(parameters.workers), time_window \(parameters.timeWindow) h")
        guard !parameters.isDryRun else {
            let result = try await estimate()
            await log(result, verb: "could be deleted")
            try await context.records.addAttributes(result.attributes, toExecution: context.job.execution)
            return "{}"
        }
        if parameters.deleteUntagged { try await deleteUntagged() }
        try await unlink()
        let marked = try await mark()
        await context.log("\(marked.count) blobs are marked")
        try await context.pass(.beforeSweep)
        if try await database.isReadOnly() { throw CollectionRefused() }
        do {
            let result = try await sweep(marked)
            await log(result, verb: "were deleted")
        } catch is JobStopped {
            try await refreshQuotas()
            throw JobStopped()
        }
        await context.log("cleaned the registry's cache")
        try await refreshQuotas()
        return "{}"
    }

    private func log(_ result: Result, verb: String) async {
        await context.log("\(result.blobs) blobs and \(result.manifests) manifests \(verb), \(result.freed) bytes")
    }

    /// Phase 1: artifacts without a tag that are neither children nor accessories go the way of every deletion.
    private func deleteUntagged() async throws {
        let untagged = try await database.query("SELECT id, repository_name, digest FROM artifact a WHERE \(Self.isUntagged) ORDER BY id")
        for row in untagged {
            do {
                try await context.service.deletion.delete(artifact: row.int64("id"), user: "harbor-jobservice")
                await context.log("deleted the untagged artifact \(row["repository_name"] ?? "")@\(row["digest"] ?? "")")
            } catch let error as PostgresError {
                throw error
            } catch {
                await context.warn("cannot delete the untagged artifact \(row["digest"] ?? ""): \(error)")
            }
        }
    }

    /// Phase 2: a project gives up what none of its artifacts uses.
    private func unlink() async throws {
        _ = try await database.query(
            """
            DELETE FROM project_blob pb USING blob b WHERE b.id = pb.blob_id AND b.update_time <= now() - make_interval(hours => $1::integer)
            AND NOT EXISTS (SELECT FROM artifact_blob ab JOIN artifact a ON a.digest = ab.digest_af
                WHERE ab.digest_blob = b.digest AND a.project_id = pb.project_id)
            """, ["\(parameters.timeWindow)"])
    }

    /// Phase 3: blobs of no project are marked, unless somebody touched them in between.
    private func mark() async throws -> [Candidate] {
        try await database.query(
            """
            UPDATE blob b SET status = 'delete', version = version + 1 WHERE update_time <= now() - make_interval(hours => $1::integer)
            AND status IN ('none', 'delete', 'deletefailed') AND NOT EXISTS (SELECT FROM project_blob pb WHERE pb.blob_id = b.id)
            RETURNING \(Self.columns)
            """, ["\(parameters.timeWindow)"]
        ).map(Candidate.init).sorted { $0.id < $1.id }
    }

    /// Phase 4: files first, rows last, so that a row without a file is all that a crash leaves.
    private func sweep(_ marked: [Candidate]) async throws -> Result {
        var result = Result()
        for (index, blob) in marked.enumerated() {
            try await record(result)
            try await context.heedStop()
            if index == (marked.count + 1) / 2 { try await context.pass(.midSweep) }
            let claimed = try await database.query(
                "UPDATE blob SET status = 'deleting', version = version + 1 WHERE id = $1::integer AND version = $2::bigint RETURNING id",
                ["\(blob.id)", "\(blob.version)"])
            guard !claimed.isEmpty else {
                await context.warn("\(blob.digest) was touched meanwhile, skipping it")
                continue
            }
            do {
                try await delete(blob)
                result.count(blob)
            } catch let refusal as StorageRefusal {
                _ = try await database.query(
                    "UPDATE blob SET status = 'deletefailed', version = version + 1 WHERE id = $1::integer", ["\(blob.id)"])
                await context.warn("cannot delete \(blob.digest): \(refusal)")
            }
        }
        try await deleteWrongly(&result)
        try await record(result)
        return result
    }

    private func record(_ result: Result) async throws {
        try await context.records.addAttributes(result.attributes, toExecution: context.job.execution)
    }

    private func delete(_ blob: Candidate) async throws {
        if await context.service.switches.undeletableBlobs.contains(blob.digest) { throw StorageRefusal(reason: "the storage refuses it") }
        if blob.isManifest {
            let trash = try await database.query(
                """
                SELECT id, repository_name FROM artifact_trash t WHERE digest = $1
                AND NOT EXISTS (SELECT FROM artifact a WHERE a.repository_name = t.repository_name AND a.digest = t.digest)
                """, [blob.digest])
            for row in trash {
                try removeFiles { try $0.removeRevision(blob.digest, from: row.text("repository_name")) }
                _ = try await database.query("DELETE FROM artifact_blob WHERE digest_af = $1", [blob.digest])
                _ = try await database.query("DELETE FROM artifact_trash WHERE id = $1::integer", [row["id"]])
            }
        }
        if !blob.isForeign { try removeFiles { try $0.removeBlob(blob.digest) } }
        _ = try await database.query("DELETE FROM blob WHERE id = $1::integer", ["\(blob.id)"])
        await context.log("deleted \(blob.digest)")
    }

    /// The fault of old versions: files and rows go although artifacts refer to them.
    private func deleteWrongly(_ result: inout Result) async throws {
        for digest in await context.service.takeWronglyDeletedBlobs() {
            guard let row = try await database.query("SELECT \(Self.columns) FROM blob b WHERE digest = $1", [digest]).first else {
                continue
            }
            let blob = try Candidate(row)
            try removeFiles { try $0.removeBlob(digest) }
            _ = try await database.query("DELETE FROM project_blob WHERE blob_id = $1::integer", ["\(blob.id)"])
            _ = try await database.query("DELETE FROM blob WHERE id = $1::integer", ["\(blob.id)"])
            await context.log("deleted \(digest)")
            result.count(blob)
        }
    }

    private func removeFiles(_ remove: (BlobFolders) throws -> Void) throws {
        do { try remove(context.service.storage) } catch { throw StorageRefusal(reason: "\(error)") }
    }

    /// What a dry run says: the same questions, with untagged artifacts thought away, and nothing changed.
    private func estimate() async throws -> Result {
        let gone = """
            WITH RECURSIVE gone AS (SELECT a.id::bigint FROM artifact a WHERE \(parameters.deleteUntagged ? Self.isUntagged : "false")
                UNION SELECT f.id FROM gone g JOIN (SELECT parent_id::bigint AS owner, child_id::bigint AS id FROM artifact_reference
                    WHERE NOT EXISTS (SELECT FROM tag WHERE artifact_id = child_id)
                    UNION SELECT subject_artifact_id, artifact_id FROM artifact_accessory) f ON f.owner = g.id)
            """
        let candidates = try await database.query(
            """
            \(gone) SELECT \(Self.columns) FROM blob b WHERE b.update_time <= now() - make_interval(hours => $1::integer)
            AND b.status IN ('none', 'delete', 'deletefailed') AND NOT EXISTS (SELECT FROM project_blob pb WHERE pb.blob_id = b.id
                AND EXISTS (SELECT FROM artifact_blob ab JOIN artifact a ON a.digest = ab.digest_af WHERE ab.digest_blob = b.digest
                    AND a.project_id = pb.project_id AND a.id NOT IN (SELECT id FROM gone)))
            """, ["\(parameters.timeWindow)"])
        var result = Result()
        for row in candidates { result.count(try Candidate(row)) }
        return result
    }

    private func refreshQuotas() async throws {
        _ = try await database.query(
            """
            UPDATE quota_usage u SET version = version + 1, update_time = now(), used = jsonb_build_object('storage', coalesce(
                (SELECT sum(b.size) FROM project_blob pb JOIN blob b ON b.id = pb.blob_id WHERE pb.project_id = u.reference_id::integer
                AND b.content_type NOT LIKE 'application/vnd.docker.image.rootfs.foreign.%'), 0))
            """)
    }

    private static let isUntagged = """
        NOT EXISTS (SELECT FROM tag t WHERE t.artifact_id = a.id) AND NOT EXISTS (SELECT FROM artifact_reference r WHERE r.child_id = a.id)
        AND NOT EXISTS (SELECT FROM artifact_accessory x WHERE x.artifact_id = a.id)
        """

    private static let columns = """
        b.id, b.digest, b.size, b.version, b.content_type LIKE 'application/vnd.docker.image.rootfs.foreign.%' AS is_foreign,
        (b.content_type LIKE 'application/vnd.docker.distribution.manifest.%' OR b.content_type LIKE 'application/vnd.oci.image.manifest.%'
            OR b.content_type LIKE 'application/vnd.oci.image.index.%') AS is_manifest
        """
}

/// The storage did not delete what it should.
struct StorageRefusal: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

/// The sweep does not begin while the instance is read-only.
struct CollectionRefused: Error, CustomStringConvertible {
    var description: String { "the system is in read only mode, cannot sweep" }
}
