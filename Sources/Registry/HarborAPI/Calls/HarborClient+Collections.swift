import CurlTransport

extension HarborClient {
    /// When Harbor collects garbage by itself; nil for never.
    package func collectionSchedule() async throws -> HarborSchedule? {
        try await schedule(HarborCall(.getGCSchedule, "/system/gc/schedule"))
    }

    /// Replaces Harbor's own schedule for collecting garbage; the kind `none` ends it. `cron` has six fields, seconds first, in UTC, and is
    /// needed by each kind but `none`. Throws `malformed` for the kind `manual`, which ``startCollection(deletesUntagged:isDryRun:workers:)``
    /// is for.
    package func setCollectionSchedule(_ kind: HarborSchedule.Kind, cron: String, parameters: CollectionParameters) async throws {
        switch kind {
        case .hourly, .daily, .weekly, .custom, .none: break
        case .manual, .other:
            throw HarborAPIError(
                .malformed, "'\(kind)' is no schedule for collecting garbage", remedy: "use Hourly, Daily, Weekly, Custom or None")
        }
        let schedule: JSONValue = kind == .none ? ["type": "None"] : ["type": .text(kind.description), "cron": .text(cron)]
        let call = HarborCall(.updateGCSchedule, .put, "/system/gc/schedule")
            .sending(["schedule": schedule, "parameters": try parameters.json])
        _ = try await send(call)
    }

    /// Starts to collect garbage and answers the collection's id. `workers` is 1 to 10.
    ///
    /// It is sent once: after `unreachable`, `timedOut` or `unexpectedAnswer` it may have begun, which ``collections(limit:)`` tells.
    package func startCollection(deletesUntagged: Bool, isDryRun: Bool, workers: Int) async throws -> Int64 {
        let parameters = CollectionParameters(deletesUntagged: deletesUntagged, isDryRun: isDryRun, workers: workers)
        let body: JSONValue = ["schedule": ["type": "Manual"], "parameters": try parameters.json]
        return try await createdID(HarborCall(.createGCSchedule, .post, "/system/gc/schedule").sending(body))
    }

    /// The last collections, newest first, at most `limit`, which is 1 to 100. Harbor keeps 50.
    package func collections(limit: Int) async throws -> [CollectionRun] {
        let call = HarborCall(.getGCHistory, "/system/gc").adding("page", "1").adding("page_size", String(min(max(limit, 1), 100)))
            .adding("sort", "-id")
        let value = try await value(call)
        guard case .array(let elements) = value else {
            if value == .null { return [] }
            throw call.operation.unexpected("something else stands for a list")
        }
        return try elements.map { try CollectionRun(AnswerObject($0, of: call.operation)) }.sorted { $0.id > $1.id }
    }

    /// One collection. Throws `notFound`.
    package func collection(_ id: Int64) async throws -> CollectionRun {
        try CollectionRun(await object(HarborCall(.getGC, "/system/gc/\(id)")))
    }

    /// What a collection has logged so far. Throws `notFound` before it has begun.
    package func collectionLog(_ id: Int64) async throws -> String {
        try await text(HarborCall(.getGCLog, "/system/gc/\(id)/log").reading(upTo: 256 * 1024 * 1024))
    }

    /// Stops a collection after the blob that it is at; what it deleted stays deleted.
    package func stopCollection(_ id: Int64) async throws {
        _ = try await send(HarborCall(.stopGC, .put, "/system/gc/\(id)"))
    }
}
