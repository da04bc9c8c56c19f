/// Which of Harbor's migrations made the schema.
package struct SchemaVersion: Equatable, Sendable {
    /// The number of the newest migration, such as 180.
    package let version: Int
    /// A migration failed half way; Harbor itself does not start on such a database.
    package let isDirty: Bool

    /// States a version.
    package init(version: Int, isDirty: Bool) {
        self.version = version
        self.isDirty = isDirty
    }

    /// Schemas whose tables and columns are known to be as this module expects them: Harbor 2.9 to 2.16.
    package static let tested = 120...190

    /// Whether ``tested`` holds the version; another one is no reason to refuse, but one to say so.
    package var isTested: Bool { Self.tested.contains(version) }

    /// The releases of Harbor that make this schema, such as `2.15.0 to 2.15.2`; nil for one that is not known.
    package var harborReleases: String? {
        switch version {
        case 120: "2.9"
        case 130: "2.10"
        case 140: "2.11"
        case 150: "2.12"
        case 160: "2.13"
        case 170: "2.14.0"
        case 171: "2.14.1 and later 2.14"
        case 180: "2.15.0 to 2.15.2"
        case 181: "2.15.3"
        case 190: "2.16"
        default: nil
        }
    }
}

/// All that a database says about the Harbor that uses it. Harbor stores its own version nowhere: the schema has to tell.
package struct VersionHints: Equatable, Sendable {
    /// Which migrations were made.
    package let schema: SchemaVersion
    /// Harbor's counter of data repairs (`data_migrations`); nil where there is none.
    package let dataMigration: Int64?

    /// States what was found.
    package init(schema: SchemaVersion, dataMigration: Int64?) {
        self.schema = schema
        self.dataMigration = dataMigration
    }
}
