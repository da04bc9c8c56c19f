package import Foundation
import Postgres

extension HarborDatabase {
    /// The executions of a vendor type, such as `GARBAGE_COLLECTION`, that have not ended, oldest first. Rows that Harbor lost
    /// track of stay among them for days.
    package func executionsUnderWay(vendor: String) async throws -> [ExecutionUnderWay] {
        let rows = try await connection.query(
            """
            SELECT id, vendor_id, coalesce(status, '') AS status, start_time FROM public.execution
            WHERE vendor_type = $1 AND coalesce(status, '') NOT IN ('Stopped', 'Error', 'Success') ORDER BY id
            """, [vendor])
        return try rows.map { row in
            ExecutionUnderWay(
                id: try row.int64("id"), vendorID: row["vendor_id"].flatMap { Int64($0) }, status: try row.text("status"),
                started: try row["start_time"].flatMap { try Self.time($0) })
        }
    }

    /// All schedules, by vendor and row.
    package func schedules() async throws -> [StoredSchedule] {
        let rows = try await connection.query(
            """
            SELECT id, coalesce(vendor_type, '') AS vendor, vendor_id, coalesce(cron, '') AS cron,
                CASE WHEN vendor_type = 'GARBAGE_COLLECTION' THEN callback_func_param END AS parameters
            FROM public.schedule ORDER BY vendor_type COLLATE "C", id
            """)
        return try rows.map { row in
            StoredSchedule(
                id: try row.int64("id"), vendor: try row.text("vendor"), vendorID: row["vendor_id"].flatMap { Int64($0) },
                cron: try row.text("cron"), cacheHost: row["parameters"].flatMap(Self.cacheHost))
        }
    }

    /// How many artifacts of projects that are not deleted were pushed after a moment; all of them for nil.
    package func artifactsPushed(after moment: Date?) async throws -> Int {
        let microseconds = moment.map { String(Int64(($0.timeIntervalSince1970 * 1_000_000).rounded())) }
        let rows = try await connection.query(
            """
            SELECT count(*) AS artifacts FROM public.artifact AS artifact
            JOIN public.project AS project ON project.project_id = artifact.project_id
            WHERE NOT project.deleted AND ($1::bigint IS NULL
                OR artifact.push_time > timestamp '1970-01-01' + $1::bigint * interval '1 microsecond')
            """, [microseconds])
        return Int(try rows.first?.int64("artifacts") ?? 0)
    }

    private static func time(_ text: String) throws -> Date? {
        try Array(text.utf8).withUnsafeBytes { bytes in Result { try CopyFields.time(bytes) } }.get()
    }

    /// The host of the address that stands somewhere in a collection's parameters. What could be a part of a password is cut off first.
    private static func cacheHost(_ parameters: String) -> String? {
        guard let json = try? JSONSerialization.jsonObject(with: Data(parameters.utf8)),  // parameters that are no JSON name no host
            let address = text(named: "redis_url_reg", in: json), let scheme = address.range(of: "://")
        else { return nil }
        let rest = address[scheme.upperBound...]
        let location = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        let host = location.prefix { $0 != "/" && $0 != "?" }
        let isHost = host.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "-._:,[]".unicodeScalars.contains(scalar))
        }
        return host.isEmpty || !isHost ? nil : String(host)
    }

    private static func text(named name: String, in json: Any) -> String? {
        guard let members = json as? [String: Any] else { return nil }
        if let text = members[name] as? String { return text }
        for key in members.keys.sorted() {
            if let member = members[key], let text = text(named: name, in: member) { return text }
        }
        return nil
    }
}
