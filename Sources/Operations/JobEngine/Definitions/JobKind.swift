/// What a job does, in the words of the configuration.
package enum JobKind: String, CaseIterable, Sendable, Codable {
    case backup
    case restoreDrill = "restore-drill"
    case rescan, retention, gc, verify, prune, audit
    /// Asks the registry for every pinned image.
    case pinCheck = "pin-check"
}
