import Foundation

/// The calls below `/jobservice` and `/schedules`.
struct QueueRoutes: Sendable {
    let jobs: JobService

    private static let resource = "jobservice-monitor"
    private static let pool = "4f1a7c1be5d24a5c8d3e9b10"

    func add(to routes: Routes) {
        addPools(to: routes)
        addQueues(to: routes)
        routes.on("GET", "/schedules") { request in
            try request.require("list", Self.resource)
            let document = """
                json_build_object('id', id, 'vendor_type', vendor_type, 'vendor_id', vendor_id, 'cron', cron,
                    'update_time', \(ScanReports.time("update_time")))
                """
            return try await Listing(from: "schedule", document: document, columns: [:], order: "id").respond(request, jobs.database)
        }
        routes.on("GET", "/schedules/{type}/paused") { request in
            try request.require("list", Self.resource)
            guard try request.parameter("type") == "all" else { throw StandInFailure.badRequest("the job type should be 'all'") }
            let isPaused = try await jobs.queueStates().first { $0.type == .scheduler }?.isPaused == true
            return try .json(["paused": .bool(isPaused)])
        }
    }

    private func addPools(to routes: Routes) {
        routes.on("GET", "/jobservice/pools") { request in
            try request.require("list", Self.resource)
            let now = Date().formatted(.iso8601)
            return try .json([
                [
                    "worker_pool_id": .text(Self.pool), "pid": 1, "concurrency": 10, "start_at": .text(now), "heartbeat_at": .text(now),
                    "host": "harbor-jobservice",
                ]
            ])
        }
        routes.on("GET", "/jobservice/pools/{pool}/workers") { request in
            try request.require("list", Self.resource)
            guard ["all", Self.pool].contains(try request.parameter("pool")) else { throw StandInFailure.notFound("no such worker pool") }
            let busy = await jobs.busyWorkers()
            return try .json(
                .array(
                    (0..<max(10, busy.count)).map { index in
                        var worker: JSONValue = ["id": .text("worker-\(index)"), "pool_id": .text(Self.pool)]
                        if index < busy.count {
                            let time = JSONValue.text(busy[index].startedAt.formatted(.iso8601))
                            worker["job_name"] = .text(busy[index].job.type.rawValue)
                            worker["job_id"] = .text(busy[index].job.id)
                            worker["start_at"] = time
                            worker["checkin_at"] = time
                        }
                        return worker
                    }))
        }
        routes.on("PUT", "/jobservice/jobs/{job}") { request in
            try request.require("stop", Self.resource)
            guard try request.document()["action"]?.text == "stop" else {
                throw StandInFailure.unprocessable("action in body should be stop")
            }
            try await jobs.stop(job: request.parameter("job"))
            return .status(200)
        }
        routes.on("GET", "/jobservice/jobs/{job}/log") { request in
            try request.require("list", Self.resource)
            return .text(try await jobs.logText(ofJob: request.parameter("job")))
        }
    }

    private func addQueues(to routes: Routes) {
        routes.on("GET", "/jobservice/queues") { request in
            try request.require("list", Self.resource)
            return try .json(
                .array(
                    try await jobs.queueStates().map { queue in
                        [
                            "job_type": .text(queue.type.rawValue), "count": .integer(Int64(queue.count)),
                            "latency": .integer(Int64(queue.latency)), "paused": .bool(queue.isPaused),
                        ]
                    }))
        }
        routes.on("PUT", "/jobservice/queues/{type}") { request in
            try request.require("stop", Self.resource)
            let type = try request.parameter("type").uppercased()
            guard type == "ALL" || JobType(rawValue: type) != nil else {
                throw StandInFailure.badRequest("the job type \(type) is unknown")
            }
            switch try request.document()["action"]?.text {
            case "pause": try await jobs.setPaused(true, queue: type)
            case "resume": try await jobs.setPaused(false, queue: type)
            case "stop": try await jobs.stopQueue(type)
            default: throw StandInFailure.unprocessable("action in body should be one of [stop pause resume]")
            }
            return .status(200)
        }
    }
}
