import CurlTransport
import Foundation
import LabServers
import Testing

@Suite("Requests that are refused before anything is sent", .timeLimit(.minutes(10)))
struct RequestCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: HTTPRequest

        init(_ name: String, _ url: String = "http://127.0.0.1:1/x", _ change: (inout HTTPRequest) -> Void = { _ in }) {
            testDescription = name
            var request = HTTPRequest(.get, url)
            change(&request)
            self.request = request
        }

        static let all: [Case] = [
            Case("line break in a value") { $0.headers = ["X-A": "1\r\nX-B: hidden"] },
            Case("line feed in a value") { $0.headers = ["X-A": "1\nhidden"] },
            Case("zero in a value") { $0.headers = ["X-A": "1\0hidden"] },
            Case("line break in a name") { $0.headers = ["X-A: hidden\r\nX-B": "2"] },
            Case("colon in a name") { $0.headers = ["X-A:": "hidden"] },
            Case("space in a name") { $0.headers = ["X A": "hidden"] },
            Case("empty name") { $0.headers = ["": "hidden"] },
            Case("name beyond ASCII") { $0.headers = ["Grüße": "hidden"] },
            Case("the caller's own authorization") { $0.headers = ["authorization": "Bearer hidden"] },
            Case("the caller's own length") { $0.headers = ["Content-Length": "7"] },
            Case("the caller's own coding") { $0.headers = ["Transfer-Encoding": "chunked"] },
            Case("line break in the token") { $0.authorization = .bearer(CurlTransport.Secret("hidden\n")) },
            Case("empty token") { $0.authorization = .bearer(CurlTransport.Secret("")) },
            Case("line break in the password") { $0.authorization = .basic(user: "u", password: CurlTransport.Secret("hidden\r\nX: y")) },
            Case("colon in the user's name") { $0.authorization = .basic(user: "u:hidden", password: CurlTransport.Secret("p")) },
            Case("line break in the URL", "http://127.0.0.1:1/x?hidden HTTP/1.1\r\nX-A: 1"),
            Case("space in the URL", "http://127.0.0.1:1/a b"),
            Case("URL beyond ASCII", "http://127.0.0.1:1/ü"),
            Case("user in the URL", "http://robot:hidden@127.0.0.1:1/x"),
            Case("user with an at sign", "http://robot@hidden:hidden@127.0.0.1:1"),
            Case("file URL", "file:///etc/passwd"),
            Case("no scheme", "127.0.0.1:1/x"),
            Case("no host", "http:///x"),
            Case("port that is none", "http://127.0.0.1:abc/x"),
            Case("empty URL", ""),
            Case("HEAD with a body") {
                $0.method = .head
                $0.body = [1]
            },
            Case("empty socket path") { $0.unixSocket = "" },
            Case("socket path with a zero") { $0.unixSocket = "/tmp/a\0b" },
            Case("socket path that is too long") { $0.unixSocket = "/" + String(repeating: "x", count: 107) },
            Case("HEAD with a streamed body") {
                $0.method = .head
                $0.bodyStream = .stream(length: 1) { nil }
            },
            Case("two bodies") {
                $0.body = [1]
                $0.bodyStream = .stream(length: 1) { nil }
            },
            Case("negative length") { $0.bodyStream = .stream(length: -1) { nil } },
            Case("proxy that is no URL") { $0.proxy = .server("hidden:3128") },
            Case("proxy with a user in its URL") { $0.proxy = .server("http://opsd:hidden@127.0.0.1:1") },
            Case("line break in the proxy's password") {
                $0.proxy = .server("http://127.0.0.1:1", user: "u", password: CurlTransport.Secret("hidden\n"))
            },
            Case("unix socket with a proxy") {
                $0.unixSocket = "/nonexistent"
                $0.proxy = .server("http://127.0.0.1:1")
            },
            Case("empty path of the client's key") { $0.clientCertificate = .init(certificate: "/a.pem", key: "") },
            Case("empty path of certificates") { $0.trustedCertificates = "" },
        ]
    }

    @Test("it is refused, with a reason that repeats no value", arguments: Case.all)
    func refused(_ c: Case) async throws {
        let error = try await transportError { _ = try await CurlTransport().send(c.request) }
        #expect(error.code == .invalidRequest, "\(error)")
        #expect(!error.isRetryable)
        #expect(!error.description.contains("hidden"))
        #expect(error.description.split(whereSeparator: \.isNewline).count == 1)
        #expect(error.description.hasPrefix("cannot ask "))
    }

    @Test("what looks odd but is right is sent", .enabled(if: ScriptedServer.isAvailable, "needs python3"))
    func accepted() async throws {
        let server = try ScriptedServer()
        let request = server.request("/request?a=@b:c", headers: ["X-Tab": "a\tb", "X_odd.~name": "Grüße"])
        let text = try await String(decoding: CurlTransport().send(request).body, as: UTF8.self)
        #expect(text.contains("GET /request?a=@b:c HTTP/1.1\n"))
        #expect(text.contains("X-Tab: a\tb\n"))
        #expect(text.contains("X_odd.~name: "))
    }

    @Test("a socket's path of the greatest length works", .enabled(if: ScriptedServer.isAvailable, "needs python3"))
    func longestPath() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 102)
        let error = try await transportError {
            _ = try await CurlTransport().send(HTTPRequest(.get, "http://localhost/", unixSocket: path))
        }
        #expect(error.code == .unreachable)
        #expect(error.problem.contains("no such file"))
    }
}
