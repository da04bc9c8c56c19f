/// The kinds of jobs that Harbor queues; the raw value is how every answer and every row spells it.
package enum JobType: String, CaseIterable, Sendable {
    case garbageCollection = "GARBAGE_COLLECTION"
    case imageScan = "IMAGE_SCAN"
    case scanAll = "SCAN_ALL"
    case retention = "RETENTION"
    case replication = "REPLICATION"
    case purgeAudit = "PURGE_AUDIT_LOG"
    case systemArtifactCleanup = "SYSTEM_ARTIFACT_CLEANUP"
    case executionSweep = "EXECUTION_SWEEP"
    /// The queue of all periodic triggers.
    case scheduler = "SCHEDULER"

    /// How many executions of one vendor id Harbor keeps.
    var keptExecutions: Int {
        switch self {
        case .imageScan, .scanAll: 1
        case .purgeAudit, .executionSweep: 10
        case .garbageCollection, .retention, .replication, .systemArtifactCleanup, .scheduler: 50
        }
    }
}
