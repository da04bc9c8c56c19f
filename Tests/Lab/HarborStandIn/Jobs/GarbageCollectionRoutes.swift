/// The calls below `/system/gc`.
struct GarbageCollectionRoutes: Sendable {
    let jobs: JobService

    private static let resource = "garbage-collection"
    private var schedules: Schedules { Schedules(database: jobs.database, type: .garbageCollection, vendor: -1) }

    func add(to routes: Routes) {
        routes.on("GET", "/system/gc/schedule") { request in
            try request.require("read", Self.resource)
            // Without a schedule Harbor answers 200 and nothing else.
            guard let json = try await schedules.json() else { return .status(200) }
            return .jsonText(json)
        }
        routes.on("POST", "/system/gc/schedule") { request in
            try request.require("create", Self.resource)
            let id = try await kick(request)
            return .status(201, headers: id.map { [("Location", "/api/v2.0/system/gc/\($0)")] } ?? [])
        }
        routes.on("PUT", "/system/gc/schedule") { request in
            try request.require("update", Self.resource)
            _ = try await kick(request)
            return .status(200)
        }
        routes.on("GET", "/system/gc") { request in
            try request.require("list", Self.resource)
            var listing = Listing(
                from: "execution", document: Self.history,
                columns: [
                    "id": .init(kind: .integer, expression: "id"), "status": .init(kind: .text, expression: "status"),
                    "trigger": .init(kind: .text, expression: "trigger"), "start_time": .init(kind: .time, expression: "start_time"),
                ], order: "start_time DESC, id DESC")
            listing.require("vendor_type = ?", JobType.garbageCollection.rawValue)
            return try await listing.respond(request, jobs.database)
        }
        routes.on("GET", "/system/gc/{id}") { request in
            try request.require("read", Self.resource)
            return .jsonText(try await history(request))
        }
        routes.on("PUT", "/system/gc/{id}") { request in
            try request.require("stop", Self.resource)
            _ = try await history(request)
            try await jobs.stop(execution: Int64(request.integer("id")))
            return .status(200)
        }
        routes.on("GET", "/system/gc/{id}/log") { request in
            try request.require("read", Self.resource)
            let id = try request.integer("id")
            let task = try await jobs.database.value("SELECT job_id FROM task WHERE execution_id = $1::integer ORDER BY id", ["\(id)"])
            guard let task else { throw StandInFailure.notFound("garbage collection \(id) log is not found") }
            return .text(try await jobs.logText(ofJob: task))
        }
    }

    /// Starts, schedules or unschedules; answers the id of what was started.
    private func kick(_ request: StandInRequest) async throws -> Int64? {
        let wish = try request.scheduleWish()
        let parameters = try collection(try request.document()["parameters"])
        switch wish.type {
        case .manual: return try await jobs.startCollection(parameters, trigger: .manual)
        case .none: try await schedules.remove()
        case .hourly, .daily, .weekly, .custom, .schedule:
            try await schedules.set(kind: wish.type.rawValue, cron: wish.cron, parameters: parameters.json())
        }
        return nil
    }

    /// What the collection does: absent switches are off, and Harbor adds its own window whatever the client says.
    private func collection(_ wish: JSONValue?) throws -> GarbageCollectionParameters {
        var workers = 1
        if let wished = wish?["workers"] {
            guard let number = wished.integer, (1...10).contains(number) else {
                throw StandInFailure.badRequest("the workers must be an integer from 1 to 10")
            }
            workers = Int(number)
        }
        return GarbageCollectionParameters(
            deleteUntagged: wish?["delete_untagged"]?.bool ?? false, deleteTag: wish?["delete_tag"]?.bool ?? false,
            isDryRun: wish?["dry_run"]?.bool ?? false, workers: workers, timeWindow: jobs.options.timeWindow)
    }

    private func history(_ request: StandInRequest) async throws -> String {
        let id = try request.integer("id")
        let json = try await jobs.database.value(
            "SELECT \(Self.history) FROM execution WHERE vendor_type = 'GARBAGE_COLLECTION' AND id = $1::integer", ["\(id)"])
        guard let json else { throw StandInFailure.notFound("garbage collection execution \(id) not found") }
        return json
    }

    private static let history = """
        json_build_object('id', id, 'job_name', vendor_type, 'job_kind', trigger, 'job_status', status, 'deleted', false,
            'job_parameters', extra_attrs::text, 'schedule', json_build_object('type', initcap(trigger)),
            'creation_time', \(ScanReports.time("start_time")), 'update_time', \(ScanReports.time("update_time")))
        """
}
