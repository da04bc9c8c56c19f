import Postgres

/// A project as its rows say.
package struct StandInProject: Sendable, Equatable {
    /// `project_id`.
    package let id: Int
    /// Its name, the first part of its repositories' names.
    package let name: String
    /// What its metadata say; a missing key means false or the default.
    package let metadata: [String: String]
    /// Whether it is a cache of another registry.
    package let isProxyCache: Bool

    /// Whether everybody may read it.
    package var isPublic: Bool { metadata["public"] == "true" }

    /// Whether its metadata say `true` for `name`.
    package func isSet(_ name: String) -> Bool { metadata[name] == "true" }
}

extension StandInDatabase {
    /// The live project with this name or id. Throws 404 for none (Harbor says 403 to whoever could not read it).
    package func project(_ nameOrID: String, isName: Bool? = nil) async throws -> StandInProject {
        let byName = isName ?? (Int(nameOrID) == nil)
        let rows = try await query(
            """
            SELECT p.project_id, p.name, coalesce(p.registry_id, 0) <> 0 AS is_proxy, m.name AS key, m.value FROM project p
            LEFT JOIN project_metadata m USING (project_id) WHERE NOT p.deleted AND \(byName ? "p.name" : "p.project_id::text") = $1
            """, [nameOrID])
        guard let first = rows.first else { throw StandInFailure.notFound("project \(nameOrID) not found") }
        var metadata: [String: String] = [:]
        for row in rows { if let key = row["key"] { metadata[key] = row["value"] ?? "" } }
        return StandInProject(
            id: Int(try first.int64("project_id")), name: try first.text("name"), metadata: metadata,
            isProxyCache: try first.bool("is_proxy"))
    }
}
