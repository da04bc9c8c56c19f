/// The statements by which Harbor's core records pushes, in the order of the pushes.
struct ImageRows {
    /// SQL, complete statements.
    private(set) var sql = ""

    /// What an artifact is to another one.
    enum Role {
        case artifact
        /// A signature or the like, of the artifact with this digest in the same repository.
        case accessory(type: String, subject: String)
    }

    /// Records one artifact with its tags. `missing` are references that are not stored: children that a proxy cache never pulled.
    /// Harbor records them as blobs all the same, but not as blobs of the project.
    mutating func add(
        _ image: ImageContent, project: String, repository: String, tags: [String], role: Role = .artifact, missing: Set<String> = []
    ) {
        let own = image.manifest.descriptor
        let repository = Self.quote(repository)
        sql += """
            INSERT INTO repository (name, project_id) SELECT \(repository), project_id FROM project WHERE name = \(Self.quote(project)) \
            ON CONFLICT (name) DO NOTHING;\n
            """
        for descriptor in image.references + [own] {
            addBlob(descriptor, of: own.digest, project: project, isOwned: !missing.contains(descriptor.digest))
        }
        sql += """
            INSERT INTO artifact (project_id, repository_name, digest, type, pull_time, push_time, repository_id, media_type, \
            manifest_media_type, size, extra_attrs, annotations, icon, artifact_type) \
            SELECT r.project_id, r.name, \(Self.quote(own.digest)), \(Self.quote(Self.type(of: image))), '0001-01-01', now(), r.repository_id, \
            \(Self.quote(image.mediaType)), \(Self.quote(own.mediaType)), \
            \(Self.size(of: image, missing: missing)), \(Self.quote(image.attributes)), \
            \(Self.annotations(of: image)), '', \(Self.quote(image.artifactType)) FROM repository r WHERE r.name = \(repository) \
            ON CONFLICT (repository_id, digest) DO NOTHING;\n
            """
        for tag in tags { addTag(tag, digest: own.digest, repository: repository) }
        for child in image.references where child.platform != nil && !missing.contains(child.digest) {
            addReference(child, parent: own.digest, repository: repository)
        }
        if case .accessory(let type, let subject) = role { addAccessory(type, subject, image, repository: repository) }
    }

    /// Deletes an artifact as Harbor's API does: its rows go to the trash, its blobs stay until garbage collection.
    mutating func trash(_ image: ImageContent, repository: String) {
        let digest = Self.quote(image.manifest.digest)
        let name = Self.quote(repository)
        sql += """
            INSERT INTO artifact_trash (media_type, manifest_media_type, repository_name, digest) \
            SELECT media_type, manifest_media_type, repository_name, digest FROM artifact WHERE repository_name = \(name) AND digest = \(digest);
            DELETE FROM tag WHERE artifact_id IN (SELECT id FROM artifact WHERE repository_name = \(name) AND digest = \(digest));
            DELETE FROM artifact WHERE repository_name = \(name) AND digest = \(digest);\n
            """
    }

    /// Stored use of each project: the sizes of its blobs, foreign layers left out.
    mutating func refreshQuotas() {
        sql += """
            UPDATE quota_usage u SET version = version + 1, update_time = now(), used = jsonb_build_object('storage', coalesce( \
            (SELECT sum(b.size) FROM project_blob pb JOIN blob b ON b.id = pb.blob_id WHERE pb.project_id = u.reference_id::integer \
            AND b.content_type NOT LIKE 'application/vnd.docker.image.rootfs.foreign.%'), 0));\n
            """
    }

    private mutating func addBlob(_ descriptor: Descriptor, of manifest: String, project: String, isOwned: Bool) {
        let digest = Self.quote(descriptor.digest)
        sql += """
            INSERT INTO blob (digest, content_type, size) VALUES (\(digest), \(Self.quote(descriptor.mediaType)), \(descriptor.size)) \
            ON CONFLICT (digest) DO NOTHING;
            INSERT INTO artifact_blob (digest_af, digest_blob) VALUES (\(Self.quote(manifest)), \(digest)) ON CONFLICT DO NOTHING;\n
            """
        if isOwned {
            sql += """
                INSERT INTO project_blob (project_id, blob_id) SELECT p.project_id, b.id FROM project p, blob b \
                WHERE p.name = \(Self.quote(project)) AND b.digest = \(digest) ON CONFLICT DO NOTHING;\n
                """
        }
    }

    private mutating func addTag(_ tag: String, digest: String, repository: String) {
        sql += """
            INSERT INTO tag (repository_id, artifact_id, name, pull_time) SELECT repository_id, id, \(Self.quote(tag)), '0001-01-01' FROM artifact \
            WHERE repository_name = \(repository) AND digest = \(Self.quote(digest)) \
            ON CONFLICT (repository_id, name) DO UPDATE SET artifact_id = excluded.artifact_id, push_time = now();\n
            """
    }

    private mutating func addReference(_ child: Descriptor, parent: String, repository: String) {
        let architecture = child.platform?.architecture ?? ""
        sql += """
            INSERT INTO artifact_reference (parent_id, child_id, child_digest, platform, urls, annotations) \
            SELECT p.id, c.id, c.digest, '{"architecture":"\(architecture)","os":"linux"}', '', NULL FROM artifact p, artifact c \
            WHERE p.repository_name = \(repository) AND p.digest = \(Self.quote(parent)) \
            AND c.repository_name = p.repository_name AND c.digest = \(Self.quote(child.digest)) ON CONFLICT DO NOTHING;\n
            """
    }

    private mutating func addAccessory(_ type: String, _ subject: String, _ image: ImageContent, repository: String) {
        sql += """
            INSERT INTO artifact_accessory (artifact_id, subject_artifact_id, type, size, digest, subject_artifact_digest, subject_artifact_repo) \
            SELECT a.id, s.id, \(Self.quote(type)), a.size, a.digest, \(Self.quote(subject)), a.repository_name FROM artifact a \
            LEFT JOIN artifact s ON s.repository_name = a.repository_name AND s.digest = \(Self.quote(subject)) \
            WHERE a.repository_name = \(repository) AND a.digest = \(Self.quote(image.manifest.digest)) ON CONFLICT DO NOTHING;\n
            """
    }

    /// The kind that Harbor shows: images by their config, all else by the config's own type.
    private static func type(of image: ImageContent) -> String {
        switch image.mediaType {
        case MediaType.config, MediaType.dockerConfig, MediaType.index, MediaType.dockerList, MediaType.dockerSchema1: "IMAGE"
        case "application/vnd.cncf.helm.config.v1+json": "CHART"
        default: "UNKNOWN"
        }
    }

    private static func size(of image: ImageContent, missing: Set<String>) -> Int {
        image.manifest.bytes.count + image.references.filter { !missing.contains($0.digest) }.reduce(0) { $0 + $1.size }
    }

    private static func annotations(of image: ImageContent) -> String {
        // Encoding a dictionary of texts cannot fail; without annotations Harbor writes NULL.
        guard let annotations = image.annotations, let json = try? CanonicalJSON.encode(annotations) else { return "NULL" }
        return quote(String(decoding: json, as: UTF8.self)) + "::jsonb"
    }

    /// A text as an SQL literal (`standard_conforming_strings` is on).
    static func quote(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
