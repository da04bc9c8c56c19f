import Foundation

/// What the API says of an artifact, made from its rows.
struct ArtifactDocument: Sendable {
    /// The JSON of a row `l` of the labels.
    static let label = """
        json_build_object('id', l.id, 'name', l.name, 'description', l.description, 'color', l.color, 'scope', l.scope, \
        'project_id', l.project_id, 'creation_time', \(Listing.time("l.creation_time")), 'update_time', \(Listing.time("l.update_time")))
        """

    /// The JSON of a row `t` of the tags.
    static let tag = """
        json_build_object('id', t.id, 'repository_id', t.repository_id, 'artifact_id', t.artifact_id, 'name', t.name, \
        'push_time', \(Listing.time("t.push_time")), 'pull_time', \(Listing.time("coalesce(t.pull_time, '0001-01-01')")), 'immutable', false)
        """

    /// The JSON of a row `x` of the accessories.
    static let accessory = """
        json_build_object('id', x.id, 'artifact_id', x.artifact_id, 'subject_artifact_id', coalesce(x.subject_artifact_id, 0), \
        'subject_artifact_digest', x.subject_artifact_digest, 'subject_artifact_repo', x.subject_artifact_repo, 'size', x.size, \
        'digest', x.digest, 'type', x.type, 'icon', '', 'creation_time', \(Listing.time("x.creation_time")))
        """

    private static let references = """
        (SELECT json_agg(json_strip_nulls(json_build_object('parent_id', f.parent_id, 'child_id', f.child_id, 'child_digest', f.child_digest, \
        'platform', nullif(f.platform, '')::json, 'annotations', f.annotations)) ORDER BY f.id) \
        FROM artifact_reference f WHERE f.parent_id = a.id)
        """

    let withTags: Bool
    let withLabels: Bool
    let withAccessories: Bool
    let withScans: Bool
    let withImmutability: Bool

    /// What `request` asks for. The handler takes accessories for wanted where the parameter is missing.
    init(_ request: StandInRequest) throws(StandInFailure) {
        withTags = try request.flag("with_tag", otherwise: true)
        withLabels = try request.flag("with_label", otherwise: false)
        withAccessories = try request.flag("with_accessory", otherwise: true)
        withScans = try request.flag("with_scan_overview", otherwise: false)
        withImmutability = try request.flag("with_immutable_status", otherwise: false)
    }

    /// The JSON of a row `a` of the artifacts.
    var expression: String {
        """
        json_build_object('id', a.id, 'type', a.type, 'media_type', a.media_type, 'manifest_media_type', a.manifest_media_type, \
        'artifact_type', a.artifact_type, 'project_id', a.project_id, 'repository_id', a.repository_id, 'repository_name', a.repository_name, \
        'digest', a.digest, 'size', a.size, 'icon', coalesce(a.icon, ''), 'push_time', \(Listing.time("a.push_time")), \
        'pull_time', \(Listing.time("coalesce(a.pull_time, '0001-01-01')")), 'extra_attrs', nullif(a.extra_attrs, '')::json, \
        'annotations', a.annotations, 'references', \(Self.references), 'tags', \(tags), 'labels', \(labels), 'accessories', \(accessories), \
        'addition_links', '{}'::json)
        """
    }

    private var tags: String {
        withTags ? "(SELECT json_agg(\(Self.tag) ORDER BY t.name) FROM tag t WHERE t.artifact_id = a.id)" : "NULL"
    }

    private var labels: String {
        guard withLabels else { return "NULL" }
        return """
            (SELECT json_agg(\(Self.label) ORDER BY l.id) FROM label_reference lr JOIN harbor_label l ON l.id = lr.label_id \
            WHERE lr.artifact_id = a.id AND NOT l.deleted)
            """
    }

    private var accessories: String {
        guard withAccessories else { return "NULL" }
        return """
            (SELECT json_agg(\(Self.accessory) ORDER BY x.id) FROM artifact_accessory x WHERE x.subject_artifact_digest = a.digest \
            AND x.subject_artifact_repo = a.repository_name)
            """
    }

    /// The document as it is sent: empty lists stay null, other members without a value are left out.
    func finished(_ document: JSONValue, immutability: ImmutabilityRules?) -> JSONValue {
        guard case .object(var members) = document else { return document }
        for name in ["extra_attrs", "annotations"] where members[name] == .null { members[name] = nil }
        if withImmutability, let immutability, let repository = members["repository_name"]?.text, let tags = members["tags"]?.array {
            members["tags"] = .array(
                tags.map { tag in
                    var tag = tag
                    tag["immutable"] = .bool(immutability.cover(repository: repository, tag: tag["name"]?.text ?? ""))
                    return tag
                })
        }
        var links: [String: JSONValue] = [:]
        if members["type"] == "IMAGE", let repository = members["repository_name"]?.text, let digest = members["digest"]?.text {
            let parts = repository.split(separator: "/", maxSplits: 1).map(String.init)
            let encoded = parts[parts.count - 1].replacing("/", with: "%252F")
            let base = "\(Routes.base)/projects/\(parts[0])/repositories/\(encoded)/artifacts/\(digest)/additions/"
            for name in ["vulnerabilities", "build_history"] { links[name] = ["href": .text(base + name), "absolute": false] }
        }
        members["addition_links"] = .object(links)
        return .object(members)
    }
}
