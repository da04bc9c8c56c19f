import Foundation
import LabServers
import Synchronization

/// An HTTP server on loopback that answers by a function and keeps what it was asked. It ends with this value.
final class RecordingServer: Sendable {
    struct Request: Sendable {
        let method: String
        /// Path and query as they came.
        let target: String
        let headers: [(name: String, value: String)]
        let body: [UInt8]
        /// Counted from 1.
        let number: Int

        var path: String { String(target.prefix { $0 != "?" }) }
        var text: String { String(decoding: body, as: UTF8.self) }

        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }

        /// The values of the query, decoded.
        var query: [String: String] {
            let pairs = target.drop { $0 != "?" }.dropFirst().split(separator: "&").map { pair -> (String, String) in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return (parts[0], parts.count == 2 ? parts[1].removingPercentEncoding ?? "" : "")
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }

    struct Answer: Sendable {
        var status = 200
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []

        static func json(_ text: String, _ status: Int = 200, total: Int? = nil, headers: [(name: String, value: String)] = []) -> Answer {
            let count = total.map { [(name: "X-Total-Count", value: String($0))] } ?? []
            return Answer(
                status: status, headers: [(name: "Content-Type", value: "application/json")] + count + headers, body: Array(text.utf8))
        }

        static func text(_ text: String) -> Answer {
            Answer(headers: [(name: "Content-Type", value: "text/plain")], body: Array(text.utf8))
        }

        static func error(_ status: Int, _ code: String, _ message: String = "no") -> Answer {
            .json(#"{"errors":[{"code":"\#(code)","message":"\#(message)"}]}"#, status)
        }
    }

    /// Nil leaves the client waiting until it goes.
    typealias Respond = @Sendable (Request) -> Answer?

    private final class State: Sendable {
        let respond: Respond
        let requests = Mutex<[Request]>([])
        init(_ respond: @escaping Respond) { self.respond = respond }
    }

    private let descriptor: Int32
    private let state: State
    let port: Int

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { state.requests.withLock { $0 } }

    init(_ respond: @escaping Respond) throws {
        let state = State(respond)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw LabError(.system, "cannot make a socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else {
            close(descriptor)
            throw LabError(.system, "cannot listen on loopback")
        }
        self.descriptor = descriptor
        self.state = state
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread {
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else {
                    close(descriptor)
                    return
                }
                Thread.detachNewThread { Self.serve(connection, state) }
            }
        }
    }

    /// Wakes the accepting thread, which closes the socket.
    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private static func serve(_ connection: Int32, _ state: State) {
        defer { close(connection) }
        guard let request = receive(connection, state) else { return }
        guard let answer = state.respond(request) else {
            var byte: UInt8 = 0
            while recv(connection, &byte, 1, 0) > 0 {}
            return
        }
        var head = "HTTP/1.1 \(answer.status) Status\r\nConnection: close\r\nContent-Length: \(answer.body.count)\r\n"
        for header in answer.headers { head += "\(header.name): \(header.value)\r\n" }
        let bytes = Array((head + "\r\n").utf8) + (request.method == "HEAD" ? [] : answer.body)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
        shutdown(connection, Int32(SHUT_WR))
    }

    private static func receive(_ connection: Int32, _ state: State) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                let words = lines[0].split(separator: " ").map(String.init)
                let headers = lines.dropFirst().map { line -> (name: String, value: String) in
                    let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
                    return (parts[0], parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
                }
                let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
                if bytes.count - end.upperBound >= length {
                    let body = Array(bytes[end.upperBound...].prefix(length))
                    return state.requests.withLock {
                        let request = Request(method: words[0], target: words[1], headers: headers, body: body, number: $0.count + 1)
                        $0.append(request)
                        return request
                    }
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }
}
