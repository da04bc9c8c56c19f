import Foundation
import HarborDescription
import HarborLab
import HarborStandIn
import LabServers
import LocalIO
import Testing

/// A lab with the stand-in before it, reached as clients reach it; every answer of the API is compared with Harbor's own description.
struct StandInBench: Sendable {
    /// Who calls.
    enum Caller: Sendable {
        case nobody
        case robot
        case administrator
        case basic(String, String)
    }

    let lab: HarborLab
    let standIn: HarborStandIn

    static let skipReason: Comment = "skipped: PostgreSQL, docker-registry or openssl is missing on this host"

    /// One for all tests that only read. Its servers end with the process.
    static var shared: StandInBench {
        get async throws { try await sharedTask.value }
    }

    private static let sharedTask = Task { try await StandInBench() }
    private static let description = Result { try HarborDescription.isPresent ? HarborDescription.load() : nil }

    /// One of the caller's own.
    init(options: HarborStandIn.Options = .init(isEncrypted: false)) async throws {
        lab = try await onBlockingThread { try HarborLab.up() }
        standIn = try await HarborStandIn.start(lab: lab, options: options)
    }

    /// Ends the servers of one's own bench.
    func stop() {
        standIn.stop()
        lab.stop()
    }

    /// Sends a request and returns the answer as it came; `target` is path and query.
    func send(
        _ method: String, _ target: String, as caller: Caller = .robot, headers: [String: String] = [:], body: String = ""
    ) async throws -> HTTPAnswer {
        var headers = headers
        if let authorization = authorization(caller) { headers["Authorization"] = authorization }
        if !body.isEmpty, headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        let port = standIn.port
        return try await onBlockingThread { [headers] in
            try LoopbackHTTP.request(method, port: port, target: target, headers: headers, body: Array(body.utf8))
        }
    }

    /// Sends a request to the API, `path` being below its base, and checks that the answer is one that Harbor describes.
    func call(
        _ method: String, _ path: String, as caller: Caller = .robot, headers: [String: String] = [:], body: String = ""
    ) async throws -> HTTPAnswer {
        let target = "/api/v2.0" + path
        let answer = try await send(method, target, as: caller, headers: headers, body: body)
        if let description = try Self.description.get() {
            let problems = description.problems(
                of: DescribedResponse(
                    status: answer.status, headers: answer.headers.map { (name: $0.key, value: $0.value) }, body: answer.body),
                to: DescribedRequest(
                    method: method, target: target, headers: headers.map { (name: $0.key, value: $0.value) }, body: Array(body.utf8)))
            #expect(problems.isEmpty, "\(method) \(target) \(answer.status) \(answer.headers["x-stand-in-error"] ?? "")")
        }
        return answer
    }

    /// Reads a document. Expects 200.
    func get(_ path: String, as caller: Caller = .robot, headers: [String: String] = [:]) async throws -> JSONValue {
        let answer = try await call("GET", path, as: caller, headers: headers)
        #expect(answer.status == 200, "\(path): \(answer.headers["x-stand-in-error"] ?? "")")
        return try JSONValue(parsing: answer.body)
    }

    /// The first image of a kind, which every lab has.
    func image(_ kind: LabImage.Kind) throws -> LabImage { try #require(lab.images(kind).first) }

    /// The path of a repository below the API.
    static func path(ofRepository name: String) -> String {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        return "/projects/\(parts[0])/repositories/\(parts[1].replacing("/", with: "%252F"))"
    }

    /// The path of an artifact below the API.
    static func path(_ image: LabImage) -> String { path(ofRepository: image.repository) + "/artifacts/\(image.digest)" }

    private func authorization(_ caller: Caller) -> String? {
        switch caller {
        case .nobody: nil
        case .robot: Self.basic(standIn.robot, standIn.robotPassword)
        case .administrator: Self.basic(standIn.admin, standIn.adminPassword)
        case .basic(let name, let password): Self.basic(name, password)
        }
    }

    private static func basic(_ name: String, _ password: String) -> String {
        "Basic " + Data("\(name):\(password)".utf8).base64EncodedString()
    }
}

extension HTTPAnswer {
    /// Harbor's word for what is wrong.
    var code: String? { (try? JSONValue(parsing: body))?["errors"]?.array?.first?["code"]?.text }  // nil for another body
}
