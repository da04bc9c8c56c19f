/// Conditions on the system catalogs that several queries share. Sessions have an empty search path: catalogs are found, nothing else is.
enum CatalogSQL {
    /// The first OID that initdb does not give out (`FirstNormalObjectId` in the server's sources).
    static let firstUserOID = 16384

    /// The object was made by a user, and not by an extension's script.
    static func isUserObject(_ catalog: String, _ oid: String) -> String {
        "(\(oid) >= \(firstUserOID) AND NOT \(isExtensionMember(catalog, oid)))"
    }

    static func isExtensionMember(_ catalog: String, _ oid: String) -> String {
        """
        EXISTS (SELECT FROM pg_depend AS ext WHERE ext.classid = '\(catalog)'::regclass AND ext.objid = \(oid) AND ext.deptype = 'e')
        """
    }

    /// The schema named in `column` is neither the system's nor holds temporary objects.
    static func isUserSchema(_ column: String) -> String {
        "(\(column) <> 'information_schema' AND \(column) !~ '^pg_')"
    }

    /// A row of `pg_class AS c` joined with `pg_namespace AS n` that the dump has to carry.
    static let isDumpedRelation = "(\(isUserObject("pg_class", "c.oid")) AND \(isUserSchema("n.nspname")))"

    /// From which the queries on tables' parts start: `c` is an ordinary table or a view, `n` its schema.
    static let relations = """
        pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND c.relkind IN ('r', 'v') AND \(isDumpedRelation)
        """
}
