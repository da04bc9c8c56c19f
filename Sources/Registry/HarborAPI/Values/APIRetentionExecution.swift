package import Foundation

/// One run of a retention policy.
package struct APIRetentionExecution: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// The policy's number.
    package let policyID: Int64
    /// How far it is.
    package let status: JobStatus
    /// Whether it only judges.
    package let isDryRun: Bool
    /// When it began.
    package let started: Date?
    /// When it ended.
    package let ended: Date?

    /// A run.
    package init(id: Int64, policyID: Int64, status: JobStatus, isDryRun: Bool, started: Date?, ended: Date?) {
        self.id = id
        self.policyID = policyID
        self.status = status
        self.isDryRun = isDryRun
        self.started = started
        self.ended = ended
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        policyID = try answer.integer("policy_id")
        status = JobStatus(try answer.text("status") ?? "")
        isDryRun = try answer.flag("dry_run")
        started = try answer.time("start_time")
        ended = try answer.time("end_time")
    }
}
