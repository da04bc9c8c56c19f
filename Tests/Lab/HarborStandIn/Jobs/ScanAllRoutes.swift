/// The calls below `/system/scanAll` and `/scans`.
struct ScanAllRoutes: Sendable {
    let jobs: JobService

    private static let resource = "scan-all"
    private var schedules: Schedules { Schedules(database: jobs.database, type: .scanAll, vendor: 0) }

    func add(to routes: Routes) {
        routes.on("GET", "/system/scanAll/schedule") { request in
            try await require("read", request)
            return .jsonText(try await schedules.json() ?? "{}")
        }
        routes.on("POST", "/system/scanAll/schedule") { request in
            try await require("create", request)
            let wish = try request.scheduleWish()
            switch wish.type {
            case .none: return .status(201)
            case .manual: try await jobs.startScanAll()
            case .hourly, .daily, .weekly, .custom, .schedule:
                guard try await schedules.json() == nil else {
                    throw StandInFailure.precondition("scan all has a schedule already, delete it first")
                }
                try await schedules.set(kind: wish.type.rawValue, cron: wish.cron, parameters: "{}")
            }
            return .status(201)
        }
        routes.on("PUT", "/system/scanAll/schedule") { request in
            try await require("update", request)
            let wish = try request.scheduleWish()
            switch wish.type {
            case .manual: throw StandInFailure.badRequest("fail to update scan all schedule as wrong schedule type: Manual")
            case .none: try await schedules.remove()
            case .hourly, .daily, .weekly, .custom, .schedule:
                try await schedules.set(kind: wish.type.rawValue, cron: wish.cron, parameters: "{}")
            }
            return .status(200)
        }
        routes.on("POST", "/system/scanAll/stop") { request in
            try await require("stop", request)
            guard let id = try await jobs.database.value(Self.latest) else {
                throw StandInFailure.badRequest("no scan all job is found currently")
            }
            try await jobs.stop(execution: Int64(id) ?? 0)
            return .status(202)
        }
        routes.on("GET", "/scans/all/metrics") { try await metrics($0, trigger: nil) }
        routes.on("GET", "/scans/schedule/metrics") { try await metrics($0, trigger: .schedule) }
    }

    private static let latest = "SELECT id FROM execution WHERE vendor_type = 'SCAN_ALL' ORDER BY start_time DESC, id DESC LIMIT 1"

    /// Whoever asks must be allowed to, and there must be a default scanner.
    private func require(_ action: String, _ request: StandInRequest) async throws {
        try request.require(action, Self.resource)
        guard try await jobs.database.value("SELECT uuid FROM scanner_registration WHERE is_default") != nil else {
            throw StandInFailure.precondition("no scanner is configured, it's not possible to scan")
        }
    }

    private func metrics(_ request: StandInRequest, trigger: JobTrigger?) async throws -> StandInResponse {
        try await require("read", request)
        let json = try await jobs.database.value(
            """
            SELECT json_build_object('total', count(t.id), 'completed', count(t.id) FILTER (WHERE t.status_code = 3),
                'metrics', json_build_object('Pending', count(t.id) FILTER (WHERE t.status IN ('Pending', 'Scheduled')),
                    'Running', count(t.id) FILTER (WHERE t.status = 'Running'), 'Success', count(t.id) FILTER (WHERE t.status = 'Success'),
                    'Error', count(t.id) FILTER (WHERE t.status = 'Error'), 'Stopped', count(t.id) FILTER (WHERE t.status = 'Stopped')),
                'ongoing', e.status NOT IN ('Success', 'Error', 'Stopped'), 'trigger', initcap(e.trigger))
            FROM execution e LEFT JOIN task t ON t.execution_id = e.id
            WHERE e.vendor_type = 'SCAN_ALL' AND ($1::text IS NULL OR e.trigger = $1)
            GROUP BY e.id ORDER BY e.start_time DESC, e.id DESC LIMIT 1
            """, [trigger?.rawValue])
        return .jsonText(json ?? #"{"total":0,"completed":0,"ongoing":false}"#)
    }
}
