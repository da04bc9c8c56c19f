package import Foundation

/// A retention run's work on one repository.
package struct APIRetentionTask: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// The repository's whole name, as Harbor writes it.
    package let repository: String
    /// How far it is.
    package let status: JobStatus
    /// How many artifacts were judged.
    package let total: Int64
    /// How many of them stay, immutable ones included.
    package let retained: Int64
    /// When it began.
    package let started: Date?
    /// When it ended.
    package let ended: Date?

    /// A task.
    package init(
        id: Int64, repository: String, status: JobStatus, total: Int64, retained: Int64, started: Date?, ended: Date?
    ) {
        self.id = id
        self.repository = repository
        self.status = status
        self.total = total
        self.retained = retained
        self.started = started
        self.ended = ended
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        repository = try answer.text("repository") ?? ""
        status = JobStatus(try answer.text("status") ?? "")
        total = try answer.integer("total")
        retained = try answer.integer("retained")
        started = try answer.time("start_time")
        ended = try answer.time("end_time")
    }
}
