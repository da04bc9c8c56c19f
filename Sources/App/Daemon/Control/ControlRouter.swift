import Assembly
import ControlProtocol
import Foundation
import HTTPTypes
import Hummingbird
import JobEngine
import LocalIO
import Logging
import NIOCore

/// What the daemon does for whoever may open the control socket.
struct ControlRouter: Sendable {
    let state: DaemonState
    let engine: JobEngine
    let journal: any RunJournal
    let readiness: Readiness
    let wallclock: any WallClock
    let clock: any Clock<Duration>
    let logger: Logger

    func make() -> Router<ControlContext> {
        let router = Router(context: ControlContext.self)
        router.middlewares.add(ControlFailureMiddleware())
        let api = router.group(RouterPath(ControlAPI.prefix))
        api.get("status") { _, _ in try document(await status()) }
        api.get("jobs") { _, _ in
            let picture = await engine.picture()
            return try document(try await onBlockingThread { try builder.jobs(picture: picture, now: wallclock.now) })
        }
        api.get("runs") { request, _ in try document(try await runs(request)) }
        api.get("runs/:run") { _, context in try document(try await run(try context.parameters.require("run"))) }
        api.get("runs/:run/events") { _, context in try await events(of: try context.parameters.require("run")) }
        api.post("runs/:run/cancel") { _, context in
            try document(try await cancel(try context.parameters.require("run"), try await context.requester()))
        }
        api.post("jobs/:job/runs") { _, context in
            try document(try await start(try context.parameters.require("job"), try await context.requester()), .created)
        }
        api.post("jobs/:job/pause") { request, context in
            try document(try await pause(try context.parameters.require("job"), request, try await context.requester()))
        }
        api.post("jobs/:job/resume") { _, context in
            let job = try context.parameters.require("job")
            try await check(try await engine.resume(job, by: try await context.requester()), job: job)
            return try document(try await self.job(job))
        }
        return router
    }

    private var builder: StatusBuilder { StatusBuilder(installation: state.installation, journal: journal) }

    private func document(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Response {
        let bytes = try ControlJSON.encode(value) + [0x0A]
        return Response(status: status, headers: [.contentType: ControlAPI.documentType], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    // MARK: - Reading

    private func status() async throws -> StatusDocument {
        let picture = await engine.picture()
        let problems = await readiness.problems()
        let current = state.now
        let daemon = StatusDocument.Daemon(
            pid: Int(ProcessInfo.processInfo.processIdentifier), version: Installation.version, started: state.started,
            configurationLoaded: current.loaded, reloadError: current.reloadError, isReady: problems.isEmpty, problems: problems)
        return try await onBlockingThread { try builder.status(picture: picture, daemon: daemon, now: wallclock.now) }
    }

    private func runs(_ request: Request) async throws -> RunsDocument {
        let job = request.uri.queryParameters["job"].map(String.init)
        let text = request.uri.queryParameters["limit"].map(String.init) ?? "20"
        guard let limit = Int(text), (1...ControlAPI.listLimit).contains(limit) else {
            throw ControlFailure(
                .badRequest, "malformed", "a list has 1 to \(ControlAPI.listLimit) runs, not '\(text.prefix(40))'", exitCode: 64)
        }
        let picture = await engine.picture()
        if let job, !picture.jobs.contains(where: { $0.name == job }) {
            let known = try await onBlockingThread { try journal.summaries().keys.contains(job) }
            guard known else { throw ControlFailure.unknownJob(job, known: picture.jobs.map(\.name)) }
        }
        return try await onBlockingThread { try builder.runs(of: job, limit: limit, picture: picture) }
    }

    private func run(_ text: String) async throws -> RunDocument {
        let picture = await engine.picture()
        return try await onBlockingThread { try builder.run(text, picture: picture) }
    }

    private func job(_ name: String) async throws -> JobDocument {
        let picture = await engine.picture()
        guard let job = try await onBlockingThread({ try builder.job(name, picture: picture) }) else {
            throw ControlFailure.unknownJob(name, known: picture.jobs.map(\.name))
        }
        return job
    }

    private func id(_ text: String) async throws -> RunID {
        let found = try await run(text)
        guard let id = RunID(parsing: found.run.id) else {
            throw ControlFailure(.internalServerError, "internal", "run '\(found.run.id)' has no usable id", exitCode: 1)
        }
        return id
    }

    // MARK: - Acting

    private func start(_ job: String, _ requester: Requester?) async throws -> StartedDocument {
        switch try await engine.request(job, by: requester) {
        case .admitted(let run):
            logger.notice(
                "run requested",
                metadata: ["job.name": "\(job)", "run.id": "\(run)", "requester": "\(requester.map(\.description) ?? "unknown")"])
            return StartedDocument(run: run.description)
        case .underWay(let run):
            throw ControlFailure(
                .conflict, "busy", "run \(run) of job '\(job)' is under way",
                remedy: "watch it with 'opsd run-now \(job) --attach', or wait for its end", exitCode: 75, run: run)
        case let other:
            try await check(other, job: job)
            throw ControlFailure(.internalServerError, "internal", "the engine gave no run", exitCode: 1)
        }
    }

    private func cancel(_ text: String, _ requester: Requester?) async throws -> StartedDocument {
        let run = try await id(text)
        guard try await engine.cancel(run, by: requester) == .done else {
            throw ControlFailure(
                .conflict, "not_under_way", "run \(run) is not under way in this daemon", remedy: "look at it with 'opsd run show \(run)'",
                exitCode: 1)
        }
        logger.notice(
            "run cancelled", metadata: ["run.id": "\(run)", "requester": "\(requester.map(\.description) ?? "unknown")"])
        return StartedDocument(run: run.description)
    }

    private func pause(_ job: String, _ request: Request, _ requester: Requester?) async throws -> JobDocument {
        var request = request
        let body = try await request.collectBody(upTo: ControlAPI.bodyLimit)
        let asked = try ControlJSON.decode(PauseRequest.self, from: Array(body.readableBytesView))
        let now = wallclock.now
        guard asked.until > now else {
            throw ControlFailure(
                .badRequest, "malformed", "the end of the pause, \(asked.until.formatted(.iso8601)), has passed", exitCode: 64)
        }
        guard !asked.reason.isEmpty, asked.reason.utf8.count <= 500 else {
            throw ControlFailure(.badRequest, "malformed", "a pause needs a reason of at most 500 bytes", exitCode: 64)
        }
        let pause = Pause(job: job, until: asked.until, reason: asked.reason, requester: requester, since: now)
        try await check(try await engine.pause(pause), job: job)
        return try await self.job(job)
    }

    private func check(_ answer: RequestAnswer, job: String) async throws {
        switch answer {
        case .done, .admitted, .underWay, .noSuchRun: return
        case .unknownJob: throw ControlFailure.unknownJob(job, known: await engine.picture().jobs.map(\.name))
        case .stopping: throw ControlFailure.stopping
        }
    }

    // MARK: - Watching

    private func events(of text: String) async throws -> Response {
        let run = try await id(text)
        let stream = EventStreaming(run: run, events: await engine.events(of: run), journal: journal, clock: clock)
        return Response(
            status: .ok, headers: [.contentType: ControlAPI.eventType], body: .init { writer in try await stream.write(to: &writer) })
    }
}
