/// What a job does.
package enum JobKind: String, CaseIterable, Sendable, Codable {
    case backup
    case restoreDrill = "restore-drill"
    case rescan, retention, gc, verify, prune, audit
}
