import Foundation

/// The answer of a server on loopback.
package struct HTTPAnswer: Sendable {
    /// The status code.
    package let status: Int
    /// The header fields, names in lower case; of repeated ones the last.
    package let headers: [String: String]
    /// The body, its transfer coding undone.
    package let body: [UInt8]
}

/// The little of HTTP/1.1 that the lab needs to talk with its own servers: one request a connection, nothing encrypted.
package enum LoopbackHTTP {
    /// Sends a request to `127.0.0.1:port`. `target` is path and query. Throws `LabError`.
    package static func request(
        _ method: String, port: Int, target: String, headers: [String: String] = [:], body: [UInt8] = []
    ) throws -> HTTPAnswer {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("make a socket") }
        defer { close(descriptor) }
        var address = LoopbackAddress.make(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else { throw failure("connect to 127.0.0.1:\(port)") }

        var lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close", "Content-Length: \(body.count)"]
        lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let head = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        try write(head + body, to: descriptor)
        return try parse(readAll(descriptor), isHead: method == "HEAD")
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        try bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = send(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
                guard count > 0 else { throw failure("send a request") }
                sent += count
            }
        }
    }

    private static func readAll(_ descriptor: Int32) throws -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw failure("receive an answer") }
            if count == 0 { return all }
            all += buffer[..<count]
        }
    }

    private static func parse(_ bytes: [UInt8], isHead: Bool) throws -> HTTPAnswer {
        let malformed = LabError(.unexpectedAnswer, "a server on loopback sent no proper HTTP answer")
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { throw malformed }
        var lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { throw malformed }
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { throw malformed }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        var body = Array(bytes[end.upperBound...])
        if isHead {
            body = []
        } else if headers["transfer-encoding"] == "chunked" {
            guard let joined = joinChunks(body) else { throw malformed }
            body = joined
        } else if let length = headers["content-length"].flatMap(Int.init), length != body.count {
            throw malformed
        }
        return HTTPAnswer(status: status, headers: headers, body: body)
    }

    /// The content of a chunked body (RFC 9112, 7.1); nil when it is cut.
    private static func joinChunks(_ bytes: [UInt8]) -> [UInt8]? {
        var rest = bytes[...]
        var joined: [UInt8] = []
        while let line = rest.firstRange(of: [13, 10]) {
            let size = String(decoding: rest[..<line.lowerBound], as: UTF8.self).split(separator: ";").first.flatMap { Int($0, radix: 16) }
            rest = rest[line.upperBound...]
            guard let size, rest.count >= size + 2 else { return nil }
            if size == 0 { return joined }
            joined += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        return nil
    }

    private static func failure(_ what: String) -> LabError {
        LabError(.system, "cannot \(what): \(String(cString: strerror(errno)))")
    }
}
