internal import Postgres

extension HarborDatabase {
    /// The rows of the artifacts that each index lists, by the index's row. Harbor has a handful for each multi-platform image.
    package func indexChildren() async throws -> [Int64: [Int64]] {
        let rows = try await overWholeTables {
            try await connection.query("SELECT parent_id, child_id FROM public.artifact_reference ORDER BY parent_id, child_id")
        }
        var children: [Int64: [Int64]] = [:]
        for row in rows { children[try row.int64("parent_id"), default: []].append(try row.int64("child_id")) }
        return children
    }
}
