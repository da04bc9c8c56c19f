import Postgres

/// The rows that say what ran, runs and will run: tables `execution`, `task`, `job_log`.
struct JobRecords: Sendable {
    let database: StandInDatabase

    /// A new execution, running from now on as Harbor has it. `attributes` is a JSON object.
    func startExecution(_ type: JobType, of vendor: Int64, trigger: JobTrigger, attributes: String) async throws -> Int64 {
        try await database.number(
            """
            INSERT INTO execution (vendor_type, vendor_id, status, status_message, trigger, extra_attrs, revision, update_time)
            VALUES ($1, $2::integer, 'Running', '', $3, $4::json, 0, now()) RETURNING id
            """, [type.rawValue, "\(vendor)", trigger.rawValue, attributes])
    }

    /// A new task that waits in its queue.
    func addTask(_ type: JobType, to execution: Int64, job: String, attributes: String) async throws -> Int64 {
        try await database.number(
            """
            INSERT INTO task (execution_id, job_id, status, status_code, status_revision, status_message, run_count, extra_attrs, update_time,
                vendor_type)
            VALUES ($1::integer, $2, 'Pending', 0, extract(epoch FROM now())::integer, '', 0, $3::json, now(), $4) RETURNING id
            """, ["\(execution)", job, attributes, type.rawValue])
    }

    func markRunning(task: Int64) async throws {
        _ = try await database.query(
            """
            UPDATE task SET status = 'Running', status_code = 2, run_count = coalesce(run_count, 0) + 1, start_time = now(), update_time = now()
            WHERE id = $1::integer AND status_code < 3
            """, ["\(task)"])
    }

    /// Ends a task, adds to its attributes, keeps its log, and brings its execution up to date.
    func finish(task: Int64, _ status: JobStatus, message: String = "", attributes: String = "{}", log: String = "") async throws {
        _ = try await database.query(
            """
            UPDATE task SET status = $2, status_code = 3, status_message = $3, update_time = now(), end_time = now(),
                extra_attrs = (coalesce(extra_attrs, '{}')::jsonb || $4::jsonb)::json WHERE id = $1::integer AND status_code < 3
            """, ["\(task)", status.rawValue, message, attributes])
        _ = try await database.query(
            """
            INSERT INTO job_log (job_uuid, content) SELECT job_id, $2 FROM task WHERE id = $1::integer
            ON CONFLICT (job_uuid) DO UPDATE SET content = excluded.content
            """, ["\(task)", log])
        try await refreshExecution(ofTask: task)
    }

    /// Adds to the attributes of an execution.
    func addAttributes(_ attributes: String, toExecution execution: Int64) async throws {
        _ = try await database.query(
            "UPDATE execution SET extra_attrs = (coalesce(extra_attrs, '{}')::jsonb || $2::jsonb)::json WHERE id = $1::integer",
            ["\(execution)", attributes])
    }

    /// Ends an execution that has nothing to do.
    func finishEmpty(execution: Int64, message: String) async throws {
        _ = try await database.query(
            "UPDATE execution SET status = 'Success', status_message = $2, end_time = now(), update_time = now() WHERE id = $1::integer",
            ["\(execution)", message])
    }

    /// An execution stands where its tasks stand: live ones first, then failed ones, then stopped ones.
    private func refreshExecution(ofTask task: Int64) async throws {
        _ = try await database.query(
            """
            UPDATE execution e SET revision = coalesce(revision, 0) + 1, update_time = now(), status = s.status,
                end_time = CASE WHEN s.status = 'Running' THEN NULL ELSE now() END
            FROM (SELECT execution_id, CASE WHEN bool_or(status_code < 3) THEN 'Running' WHEN bool_or(status = 'Error') THEN 'Error'
                WHEN bool_or(status = 'Stopped') THEN 'Stopped' ELSE 'Success' END AS status
                FROM task WHERE execution_id = (SELECT execution_id FROM task WHERE id = $1::integer) GROUP BY execution_id) s
            WHERE e.id = s.execution_id
            """, ["\(task)"])
    }

    /// Ends all live tasks of an execution of which no worker knows, such as rows that came from elsewhere.
    func stopRows(ofExecution execution: Int64) async throws {
        let tasks = try await database.query(
            "SELECT id FROM task WHERE execution_id = $1::integer AND status_code < 3", ["\(execution)"])
        for task in tasks { try await finish(task: task.int64("id"), .stopped) }
        guard tasks.isEmpty else { return }
        _ = try await database.query(
            """
            UPDATE execution SET status = 'Stopped', end_time = now(), update_time = now()
            WHERE id = $1::integer AND status NOT IN ('Success', 'Error', 'Stopped')
            """, ["\(execution)"])
    }

    /// Drops what Harbor's sweeper drops: the oldest finished executions beyond the number that is kept for each vendor id.
    func sweep(_ type: JobType) async throws {
        let old = """
            SELECT id FROM (SELECT id, status, row_number() OVER (PARTITION BY vendor_id ORDER BY start_time DESC, id DESC) AS place
            FROM execution WHERE vendor_type = $1) e WHERE place > $2::integer AND status IN ('Success', 'Error', 'Stopped')
            """
        let parameters = [type.rawValue, "\(type.keptExecutions)"]
        _ = try await database.query(
            "DELETE FROM job_log WHERE job_uuid IN (SELECT job_id FROM task WHERE execution_id IN (\(old)))", parameters)
        _ = try await database.query("DELETE FROM task WHERE execution_id IN (\(old))", parameters)
        _ = try await database.query("DELETE FROM execution WHERE id IN (\(old))", parameters)
    }
}

/// Why an execution began.
package enum JobTrigger: String, Sendable {
    case manual = "MANUAL"
    case schedule = "SCHEDULE"
    case event = "EVENT"
}

extension StandInDatabase {
    /// The integer in the first column of the only row.
    func number(_ sql: String, _ parameters: [String?] = []) async throws -> Int64 {
        guard let text = try await query(sql, parameters).first?[0], let number = Int64(text) else {
            throw PostgresError(.protocolViolation, "the statement answers no integer: \(sql)")
        }
        return number
    }
}
