import Foundation
import Glibc
import Synchronization

/// Answers on a unix socket what a test tells it to, byte for byte. One connection a request, as our client has it.
final class FakeDaemon: Sendable {
    private let listener: Int32
    private let heard = Mutex<[String]>([])

    /// The requests so far: method and path, and behind a space the body where there is one.
    var requests: [String] { heard.withLock { $0 } }

    /// Listens at `path`; `answer` gets method and path, and gives the bytes of the answer, in pieces.
    init(at path: String, answer: @escaping @Sendable (String) -> [String]) throws {
        listener = try Self.bound(to: path)
        guard listen(listener, 16) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        DispatchQueue(label: "fake daemon").async { [weak self, listener] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                let (head, body) = Self.read(connection)
                self?.heard.withLock { $0.append(body.isEmpty ? head : "\(head) \(body)") }
                for piece in answer(head) { _ = send(connection, piece, piece.utf8.count, Int32(MSG_NOSIGNAL)) }
                close(connection)
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Leaves the file of a socket that nobody listens on.
    static func leaveSocket(at path: String) throws { close(try bound(to: path)) }

    private static func bound(to path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        return descriptor
    }

    /// A whole answer.
    static func http(_ status: Int, _ body: String) -> [String] {
        ["HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"]
    }

    /// A stream that ends with the connection.
    static func stream(_ pieces: [String]) -> [String] { ["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"] + pieces }

    private static func read(_ connection: Int32) -> (head: String, body: String) {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            if let end = text.range(of: "\r\n\r\n") {
                let length = text.firstMatch(of: /(?i)content-length: ([0-9]+)/).flatMap { Int($0.1) } ?? 0
                let body = text[end.upperBound...]
                if body.utf8.count >= length {
                    return (text.prefix { $0 != "\r\n" }.split(separator: " ").prefix(2).joined(separator: " "), String(body))
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return (text, "") }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}
