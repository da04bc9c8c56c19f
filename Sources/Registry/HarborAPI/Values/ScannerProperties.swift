package import Foundation

/// What a scanner says of itself.
package struct ScannerProperties: Sendable, Equatable {
    /// When its vulnerability database was made; nil where it does not say, as while it has none.
    package let databaseUpdated: Date?
    /// When that database is to be replaced.
    package let databaseNextUpdate: Date?
    /// All properties.
    package let all: [String: String]

    /// The properties `all`, with the times among them.
    package init(all: [String: String]) {
        self.all = all
        let prefix = "harbor.scanner-adapter/vulnerability-database-"
        databaseUpdated = all[prefix + "updated-at"].flatMap(HarborTime.parse)
        databaseNextUpdate = all[prefix + "next-update-at"].flatMap(HarborTime.parse)
    }
}
