import Foundation
import Postgres

extension JobService {
    /// A stored policy. Throws `StandInFailure` where there is none.
    func retentionPolicy(_ id: Int64) async throws -> RetentionPolicy {
        guard let row = try await database.query("SELECT data FROM retention_policy WHERE id = $1::integer", ["\(id)"]).first else {
            throw StandInFailure.notFound("no such Retention policy with id \(id)")
        }
        var policy = try JSONDecoder().decode(RetentionPolicy.self, from: Data(row.text("data").utf8))
        policy.id = id
        return policy
    }

    /// Queues a run of a policy, one task for each repository that a rule takes; answers the execution's id.
    @discardableResult
    package func startRetention(policy id: Int64, isDryRun: Bool, trigger: JobTrigger = .manual) async throws -> Int64 {
        let policy = try await retentionPolicy(id)
        let execution = try await records.startExecution(
            .retention, of: id, trigger: trigger, attributes: #"{"dry_run":\#(isDryRun)}"#)
        let repositories = try await database.query(
            """
            SELECT r.name, substr(r.name, length(p.name) + 2) AS bare FROM repository r JOIN project p USING (project_id)
            WHERE r.project_id = $1::integer ORDER BY r.name
            """, ["\(policy.scope.ref)"])
        var count = 0
        for row in repositories {
            let name = try row.text("bare")
            let rules = policy.rules(forRepository: name)
            guard !rules.isEmpty else { continue }
            count += 1
            // Harbor names the repository without its project here.
            let attributes = try JSONEncoder().encode(RetentionTaskAttributes(repository: name, dry_run: isDryRun))
            try await queue(
                .retention, execution: execution, attributes: String(decoding: attributes, as: UTF8.self),
                work: .retain(
                    RetentionTask(
                        project: policy.scope.ref, repository: try row.text("name"), name: name, rules: rules, isDryRun: isDryRun)))
        }
        if count == 0 { try await records.finishEmpty(execution: execution, message: "no repository matches") }
        return execution
    }

    /// Stores a policy, new or not, with its schedule; answers its id. Throws `StandInFailure` for what Harbor refuses.
    func storeRetention(_ policy: RetentionPolicy, id: Int64?) async throws -> Int64 {
        guard policy.rules.count <= 15 else { throw StandInFailure.badRequest("only 15 rules are allowed at most") }
        if let (rule, earlier) = policy.firstConflict { throw StandInFailure.conflict("rule \(rule) is conflict with rule \(earlier)") }
        guard policy.scope.level == "project" else { throw StandInFailure.badRequest("scope \(policy.scope.level) is not support") }
        if !policy.cron.isEmpty { try Schedules.check(policy.cron) }
        let stored = if let id { id } else { try await addRetention(of: policy.scope.ref) }
        var numbered = policy
        numbered.id = stored
        for index in numbered.rules.indices where numbered.rules[index].id ?? 0 == 0 { numbered.rules[index].id = index + 1 }
        _ = try await database.query(
            """
            UPDATE retention_policy SET scope_level = 'project', scope_reference = $2::integer, trigger_kind = $3, data = $4, update_time = now()
            WHERE id = $1::integer
            """,
            [
                "\(stored)", "\(policy.scope.ref)", policy.trigger?.kind ?? "Schedule",
                String(decoding: try JSONEncoder().encode(numbered), as: UTF8.self),
            ])
        let schedules = Schedules(database: database, type: .retention, vendor: stored)
        if policy.cron.isEmpty {
            try await schedules.remove()
        } else {
            try await schedules.set(kind: "", cron: policy.cron, parameters: #"{"PolicyID":\#(stored),"Trigger":"SCHEDULE"}"#)
        }
        return stored
    }

    private func addRetention(of project: Int64) async throws -> Int64 {
        let parameters = ["\(project)"]
        let known = try await database.query("SELECT project_id FROM project WHERE project_id = $1::integer AND NOT deleted", parameters)
        guard !known.isEmpty else { throw StandInFailure.badRequest("invalid Project id \(project)") }
        let old = try await database.query(
            "SELECT value FROM project_metadata WHERE project_id = $1::integer AND name = 'retention_id'", parameters)
        if let old = old.first?["value"] { throw StandInFailure.badRequest("project \(project) already has retention policy \(old)") }
        let id = try await database.number("INSERT INTO retention_policy (create_time, update_time) VALUES (now(), now()) RETURNING id")
        _ = try await database.query(
            "INSERT INTO project_metadata (project_id, name, value) VALUES ($1::integer, 'retention_id', $2)", parameters + ["\(id)"])
        return id
    }

    /// Removes a policy with its schedule and its history.
    func removeRetention(_ id: Int64) async throws {
        try await Schedules(database: database, type: .retention, vendor: id).remove()
        let executions = "SELECT id FROM execution WHERE vendor_type = 'RETENTION' AND vendor_id = $1::integer"
        for statement in [
            "DELETE FROM task WHERE execution_id IN (\(executions))", "DELETE FROM execution WHERE id IN (\(executions))",
            "DELETE FROM project_metadata WHERE name = 'retention_id' AND value = $1::integer::text",
            "DELETE FROM retention_policy WHERE id = $1::integer",
        ] { _ = try await database.query(statement, ["\(id)"]) }
    }
}

private struct RetentionTaskAttributes: Encodable {
    let repository: String
    let dry_run: Bool
}
