/// What a job needs of the service that runs it.
struct JobContext: Sendable {
    let service: JobService
    let job: JobService.Job

    var database: StandInDatabase { service.database }
    var records: JobRecords { service.records }

    func log(_ line: String) async { await service.log("[INFO] " + line, of: job.id) }

    func warn(_ line: String) async { await service.log("[WARNING] " + line, of: job.id) }

    /// Waits while a test holds jobs here. Throws `JobStopped`.
    func pass(_ gate: JobService.Gate) async throws { try await service.pass(gate, job) }

    /// Throws `JobStopped` when somebody stopped the job.
    func heedStop() async throws {
        if await service.isStopping(job) { throw JobStopped() }
    }
}

/// The way in which Harbor's core deletes an artifact, whoever asks for it.
protocol ArtifactDeletion: Sendable {
    /// Deletes an artifact with its tags, accessories and untagged children, in the name of a user. Throws when core refuses.
    func delete(artifact id: Int64, user: String) async throws
}
