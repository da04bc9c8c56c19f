package import Foundation

/// One run of a replication policy.
package struct APIReplicationExecution: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// The policy's number.
    package let policyID: Int64
    /// How far it is.
    package let status: JobStatus
    /// `manual`, `scheduled` or `event_based`.
    package let trigger: String
    /// When it began.
    package let started: Date?
    /// When it ended.
    package let ended: Date?
    /// How many artifacts it is about.
    package let total: Int64
    /// How many of them failed.
    package let failed: Int64

    /// A run.
    package init(
        id: Int64, policyID: Int64, status: JobStatus, trigger: String, started: Date?, ended: Date?, total: Int64, failed: Int64
    ) {
        self.id = id
        self.policyID = policyID
        self.status = status
        self.trigger = trigger
        self.started = started
        self.ended = ended
        self.total = total
        self.failed = failed
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        policyID = try answer.integer("policy_id")
        status = JobStatus(try answer.text("status") ?? "")
        trigger = try answer.text("trigger") ?? ""
        started = try answer.time("start_time")
        ended = try answer.time("end_time")
        total = try answer.integer("total")
        failed = try answer.integer("failed")
    }
}
