/// The contents of `tables.json`: what a reader needs before the first row.
struct TableDirectory: Codable, Equatable {
    struct Entry: Codable, Equatable {
        let number: Int
        let schema: String
        let name: String
        /// In the order of the fields; empty where the table has none that are stored.
        let columns: [String]
    }

    let formatVersion: Int
    /// `server_version_num` of the dumped server.
    let serverVersion: Int
    let tables: [Entry]
}
