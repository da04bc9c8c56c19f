import CurlTransport

extension HarborClient {
    /// The rule templates of Harbor's retention, such as `latestPushedK`.
    package func retentionTemplates() async throws -> [String] {
        let answer = try await object(HarborCall(.getRentenitionMetadata, "/retentions/metadatas"))
        return try answer.objects("templates").compactMap { try $0.text("rule_template") }
    }

    /// The number of a project's retention policy; nil where it has none.
    package func retentionPolicyID(of project: String) async throws -> Int64? {
        try await self.project(project).metadata["retention_id"].flatMap { Int64($0) }
    }

    /// A retention policy. Throws `notFound`.
    package func retentionPolicy(_ id: Int64) async throws -> APIRetentionPolicy {
        try APIRetentionPolicy(await object(HarborCall(.getRetention, "/retentions/\(id)")))
    }

    /// Runs a retention policy and answers the run's id; a real run deletes artifacts.
    ///
    /// It is sent once: after `unreachable`, `timedOut` or `unexpectedAnswer` it may have begun, which ``retentionExecutions(of:)`` tells.
    package func startRetention(_ id: Int64, isDryRun: Bool) async throws -> Int64 {
        let call = HarborCall(.triggerRetentionExecution, .post, "/retentions/\(id)/executions")
        return try await createdID(call.sending(["dry_run": .flag(isDryRun)]))
    }

    /// The runs of a retention policy that Harbor still knows, newest first.
    package func retentionExecutions(of policy: Int64) async throws -> [APIRetentionExecution] {
        let call = HarborCall(.listRetentionExecutions, "/retentions/\(policy)/executions")
        let list = HarborList(call, sortedBy: nil, id: \APIRetentionExecution.id, read: APIRetentionExecution.init)
        return try await all(list).sorted { $0.id > $1.id }
    }

    /// The work of a run, one task for each repository that it judges.
    package func retentionTasks(of execution: Int64, policy: Int64) async throws -> [APIRetentionTask] {
        let call = HarborCall(.listRetentionTasks, "/retentions/\(policy)/executions/\(execution)/tasks")
        return try await all(HarborList(call, sortedBy: nil, id: \.id, read: APIRetentionTask.init))
    }

    /// The log of a task: a table of artifacts with what happens to each.
    package func retentionTaskLog(_ task: Int64, of execution: Int64, policy: Int64) async throws -> String {
        try await text(HarborCall(.getRetentionTaskLog, "/retentions/\(policy)/executions/\(execution)/tasks/\(task)"))
    }

    /// Stops a run; what it deleted stays deleted.
    package func stopRetention(_ execution: Int64, policy: Int64) async throws {
        let call = HarborCall(.operateRetentionExecution, .patch, "/retentions/\(policy)/executions/\(execution)")
        _ = try await send(call.sending(["action": "stop"]))
    }
}
