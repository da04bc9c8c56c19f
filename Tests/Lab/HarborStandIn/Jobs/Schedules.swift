import Foundation
import Postgres

/// Table `schedule`, with the rows that each schedule lives by.
struct Schedules: Sendable {
    /// How often, as Harbor spells it.
    enum Kind: String, CaseIterable, Sendable {
        case hourly = "Hourly"
        case daily = "Daily"
        case weekly = "Weekly"
        case custom = "Custom"
        case manual = "Manual"
        case none = "None"
        case schedule = "Schedule"
    }

    let database: StandInDatabase
    let type: JobType
    let vendor: Int64

    /// The schedule as the API shows it, and nil where there is none.
    func json() async throws -> String? {
        try await database.query(
            """
            SELECT json_build_object('id', id, 'status', '', 'creation_time', \(ScanReports.time("creation_time")),
                'update_time', \(ScanReports.time("update_time")),
                'schedule', json_build_object('type', cron_type, 'cron', cron, 'next_scheduled_time', '0001-01-01T00:00:00.000Z'),
                'parameters', coalesce(extra_attrs, '{}')) AS json
            FROM schedule WHERE vendor_type = $1 AND vendor_id = $2::integer
            """, [type.rawValue, "\(vendor)"]
        ).first?["json"]
    }

    /// Replaces the schedule. Throws `StandInFailure` for a cron text that Harbor refuses.
    func set(kind: String, cron: String, parameters: String) async throws {
        try Self.check(cron)
        try await remove()
        let id = try await database.number(
            """
            INSERT INTO schedule (vendor_type, vendor_id, cron, callback_func_name, callback_func_param, cron_type, extra_attrs, revision)
            VALUES ($1::text, $2::integer, $3, $1::text, $4::text, $5, $4::text::json, 1) RETURNING id
            """, [type.rawValue, "\(vendor)", cron, parameters, kind])
        _ = try await database.query(
            """
            WITH started AS (INSERT INTO execution (vendor_type, vendor_id, status, trigger, extra_attrs, revision, update_time)
                VALUES ('SCHEDULER', $1::integer, 'Running', 'MANUAL', '{}', 0, now()) RETURNING id)
            INSERT INTO task (execution_id, job_id, status, status_code, status_revision, run_count, extra_attrs, start_time, update_time,
                vendor_type)
            SELECT id, substr(md5('periodic ' || id), 1, 24), 'Scheduled', 1, 1, 1, '{}', now(), now(), 'SCHEDULER' FROM started
            """, ["\(id)"])
    }

    /// Removes the schedule, if there is one.
    func remove() async throws {
        let rows = try await database.query(
            "DELETE FROM schedule WHERE vendor_type = $1 AND vendor_id = $2::integer RETURNING id", [type.rawValue, "\(vendor)"])
        for row in rows {
            _ = try await database.query(
                """
                DELETE FROM task WHERE execution_id IN (SELECT id FROM execution WHERE vendor_type = 'SCHEDULER' AND vendor_id = $1::integer)
                """, [row["id"]])
            _ = try await database.query(
                "DELETE FROM execution WHERE vendor_type = 'SCHEDULER' AND vendor_id = $1::integer", [row["id"]])
        }
    }

    /// Harbor's cron has six fields, the first of them 0.
    static func check(_ cron: String) throws {
        let fields = cron.split(separator: " ")
        guard fields.count == 6 else { throw StandInFailure.badRequest("invalid cron string for scheduled job: \(cron)") }
        guard fields[0] == "0" else {
            throw StandInFailure.badRequest("the 1st field (indicating Seconds of time) of the cron setting must be 0")
        }
    }
}
