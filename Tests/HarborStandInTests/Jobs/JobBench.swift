import Foundation
import HarborLab
import Postgres
import Testing

@testable import HarborStandIn

/// A lab with a job service at work, and its calls without the server in front.
struct JobBench {
    let lab: HarborLab
    let jobs: JobService
    let database: StandInDatabase
    private let routes = Routes()

    static let skipReason: Comment = "skipped: PostgreSQL, docker-registry or openssl is missing on this host"
    static let acceptsTrivy = ["x-accept-vulnerabilities": "application/vnd.security.vulnerability.report; version=1.1"]

    /// Runs `body` beside the workers of a lab of its own.
    static func run(_ body: (JobBench) async throws -> Void) async throws {
        let bench = try JobBench()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bench.jobs.run() }
            do {
                try await body(bench)
            } catch {
                await bench.jobs.end()
                throw error
            }
            await bench.jobs.end()
            try await group.waitForAll()
        }
        #expect(await bench.jobs.failures.isEmpty)
        await bench.database.close()
        bench.lab.stop()
    }

    private init() throws {
        lab = try HarborLab.up()
        database = StandInDatabase(lab: lab)
        jobs = JobService(
            database: database, storage: lab.storage, deletion: CoreDeletion(database: database),
            options: .init(durations: Dictionary(uniqueKeysWithValues: JobType.allCases.map { ($0, .milliseconds(1)) })))
        addJobRoutes(to: routes, jobs: jobs)
    }

    /// Calls as the administrator.
    func call(
        _ method: String, _ path: String, body: String = "", headers: [String: String] = [:],
        as principal: Principal = .user(name: "admin", isAdministrator: true)
    ) async throws -> StandInResponse {
        var request = StandInRequest(method: method, target: "/api/v2.0" + path, headers: headers, body: Array(body.utf8))
        request.principal = principal
        let (handler, routed) = try routes.handler(for: request)
        return try await handler(routed)
    }

    /// Calls, and reads the answer.
    func document(_ method: String, _ path: String, body: String = "", headers: [String: String] = [:]) async throws -> JSONValue {
        try JSONValue(parsing: try await call(method, path, body: body, headers: headers).body)
    }

    /// Starts a collection and waits for its end; answers what the history says of it.
    func collect(_ parameters: String = "{}") async throws -> JSONValue {
        let answer = try await call("POST", "/system/gc/schedule", body: #"{"schedule":{"type":"Manual"},"parameters":\#(parameters)}"#)
        try await jobs.waitUntilIdle()
        let location = try #require(answer.header("Location"))
        return try await document("GET", String(location.dropFirst("/api/v2.0".count)))
    }

    /// What the history says of the parameters and the result.
    func parameters(of history: JSONValue) throws -> JSONValue { try JSONValue(parsing: #require(history["job_parameters"]?.text)) }

    /// The path of an artifact.
    static func path(_ image: LabImage) -> String {
        let repository = image.repository.dropFirst(image.project.count + 1).replacing("/", with: "%252F")
        return "/projects/\(image.project)/repositories/\(repository)/artifacts/\(image.digest)"
    }

    /// Whether a blob has a file.
    func hasFile(_ digest: String) -> Bool { FileManager.default.fileExists(atPath: lab.blobFile(digest)) }

    /// Makes every blob old enough for the collection.
    func age() throws { try lab.sql("UPDATE blob SET update_time = now() - interval '3 h'") }
}
