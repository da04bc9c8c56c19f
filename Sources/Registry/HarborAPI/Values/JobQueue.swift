/// What waits in Harbor's job service, for one kind of job.
package struct JobQueue: Sendable, Equatable {
    /// Such as `GARBAGE_COLLECTION`.
    package let jobType: String
    /// How many jobs wait.
    package let count: Int64
    /// How long the oldest has been waiting.
    package let latency: Duration
    /// Whether nothing is taken from it.
    package let isPaused: Bool

    /// A queue.
    package init(jobType: String, count: Int64, latency: Duration, isPaused: Bool) {
        self.jobType = jobType
        self.count = count
        self.latency = latency
        self.isPaused = isPaused
    }

    init(_ answer: AnswerObject) throws {
        jobType = try answer.requiredText("job_type")
        count = try answer.integer("count")
        latency = .seconds(try answer.integer("latency"))
        isPaused = try answer.flag("paused")
    }
}
