import Foundation

/// What a collection is told; keys as Harbor spells them.
struct GarbageCollectionParameters: Codable, Sendable {
    var deleteUntagged = false
    var deleteTag = false
    var isDryRun = false
    /// From 1 to 10.
    var workers = 1
    /// In hours.
    var timeWindow = 2
    /// Harbor adds it; it may hold a password.
    var redisURL = "redis://redis:6379/1?idle_timeout_seconds=30"

    enum CodingKeys: String, CodingKey {
        case deleteUntagged = "delete_untagged"
        case deleteTag = "delete_tag"
        case isDryRun = "dry_run"
        case workers
        case timeWindow = "time_window"
        case redisURL = "redis_url_reg"
    }

    /// The object that Harbor keeps with the execution.
    func json() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
}
