import ControlProtocol
import CurlTransport
import Foundation
import Synchronization
import SystemPackage

/// Talks to the daemon over its control socket. Throws ``ControlError``, and `CancellationError` as soon as the task is cancelled.
struct ControlClient: Sendable {
    private let socket: String
    private let transport = CurlTransport()
    private let lineLimit: Int

    /// A findings list of a whole registry fits; what never ends does not.
    static let lineLimit = 16 << 20

    /// A client of the daemon at `socket`. No line of an event stream may have more than `lineLimit` bytes.
    init(socket: FilePath, lineLimit: Int = Self.lineLimit) {
        self.socket = socket.string
        self.lineLimit = lineLimit
    }

    // MARK: - Requests

    func status() async throws -> StatusDocument { try await get("status") }

    func jobs() async throws -> JobsDocument { try await get("jobs") }

    func runs(of job: String?, limit: Int) async throws -> RunsDocument {
        try await get("runs?limit=\(limit)" + (job.map { "&job=\(Self.escaped($0))" } ?? ""))
    }

    func run(_ id: String) async throws -> RunDocument { try await get("runs/\(Self.escaped(id))") }

    /// Asks for a run of `job`; returns the id of the run that was admitted.
    func start(_ job: String) async throws -> String {
        let answer: StartedDocument = try await post("jobs/\(Self.escaped(job))/runs")
        return answer.run
    }

    /// Cancels a run; returns its whole id.
    func cancel(_ run: String) async throws -> String {
        let answer: StartedDocument = try await post("runs/\(Self.escaped(run))/cancel")
        return answer.run
    }

    func pause(_ job: String, _ request: PauseRequest) async throws -> JobDocument {
        try await post("jobs/\(Self.escaped(job))/pause", body: try ControlJSON.encode(request))
    }

    func resume(_ job: String) async throws -> JobDocument { try await post("jobs/\(Self.escaped(job))/resume") }

    private func get<Value: Decodable>(_ path: String) async throws -> Value {
        try await ask(request(.get, path))
    }

    private func post<Value: Decodable>(_ path: String, body: [UInt8]? = nil) async throws -> Value {
        var request = request(.post, path)
        request.body = body
        if body != nil { request.headers.append("Content-Type", ControlAPI.documentType) }
        return try await ask(request)
    }

    private func request(_ method: HTTPRequest.Method, _ path: String) -> HTTPRequest {
        HTTPRequest(method, "http://opsd\(ControlAPI.prefix)/\(path)", unixSocket: socket, totalTimeout: .seconds(60))
    }

    private func ask<Value: Decodable>(_ request: HTTPRequest) async throws -> Value {
        let response = try await translating { try await transport.send(request) }
        guard (200...299).contains(response.head.status) else { throw refusal(response.head.status, response.body) }
        do {
            return try ControlJSON.decode(Value.self, from: response.body)
        } catch {
            throw ControlError.garbled("its answer is no \(Value.self)", socket: socket)
        }
    }

    private func refusal(_ status: Int, _ body: [UInt8]) -> ControlError {
        do {
            return ControlError(try ControlJSON.decode(ErrorDocument.self, from: body))
        } catch {
            return .garbled("it answers with HTTP status \(status) and no reason", socket: socket)
        }
    }

    private func translating<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as TransportError {
            throw ControlError(error, socket: socket)
        }
    }

    /// Only what needs no escape anywhere in a URL stays as it is.
    private static func escaped(_ text: String) -> String {
        var plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        plain.formIntersection(CharacterSet(charactersIn: Unicode.Scalar(0x20)...Unicode.Scalar(0x7e)))
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }

    // MARK: - Events

    /// Hands over what happens in a run, line by line, until the daemon ends the stream. An error of `onLine` ends it and is thrown.
    func events(of run: String, onLine: @escaping @Sendable (EventLine) async throws -> Void) async throws {
        var request = request(.get, "runs/\(Self.escaped(run))/events")
        request.totalTimeout = nil
        // Four signs of life have failed to come.
        request.stallTimeout = ControlAPI.aliveInterval * 4
        let reading = Mutex(Reading(lines: LineSplitter(limit: lineLimit)))
        try await translating {
            try await transport.stream(request) { head in
                reading.withLock { $0.status = head.status }
            } onChunk: { chunk in
                let lines = reading.withLock { $0.take(chunk) }
                guard let lines else { throw ControlError.garbled("a line has more than \(lineLimit) bytes", socket: socket) }
                for line in lines where !line.isEmpty { try await onLine(try event(line)) }
            }
        }
        let (status, rest) = reading.withLock { ($0.status, $0.lines.rest) }
        guard status == 200 else { throw refusal(status, reading.withLock { $0.refused }) }
        guard rest.isEmpty else { throw ControlError(.lost, "the daemon at \(socket) broke off in the middle of a line") }
    }

    private func event(_ line: [UInt8]) throws -> EventLine {
        do {
            return try ControlJSON.decode(EventLine.self, from: line)
        } catch {
            throw ControlError.garbled("a line of its events cannot be read", socket: socket)
        }
    }

    private struct Reading: Sendable {
        var status = 0
        var lines: LineSplitter
        /// The document of an answer that is no stream.
        var refused: [UInt8] = []

        /// The lines that `chunk` completes; nil where one is too long.
        mutating func take(_ chunk: [UInt8]) -> [[UInt8]]? {
            guard status == 200 else {
                refused += chunk.prefix(ControlAPI.bodyLimit - refused.count)
                return []
            }
            return lines.take(chunk)
        }
    }
}
