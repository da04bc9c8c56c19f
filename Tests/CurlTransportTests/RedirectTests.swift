import CurlTransport
import Foundation
import LabServers
import Testing

@Suite("Redirects that are followed", .enabled(if: ScriptedServer.isAvailable, "needs python3"), .timeLimit(.minutes(10)))
struct RedirectTests {
    private let transport = CurlTransport()

    private func asked(_ request: HTTPRequest) async throws -> String {
        var request = request
        request.redirects = .follow(3)
        request.authorization = .bearer(CurlTransport.Secret("tok.en"))
        return String(decoding: try await transport.send(request).body, as: UTF8.self)
    }

    @Test("credentials go on to the same origin", arguments: [301, 302, 303, 307, 308])
    func sameOrigin(status: Int) async throws {
        let server = try ScriptedServer()
        let text = try await asked(server.request("/point?\(status)&/request", headers: ["X-Api-Key": "key"]))
        #expect(text.hasPrefix("GET /request "))
        #expect(text.contains("\nAuthorization: Bearer tok.en\n"))
        #expect(text.contains("\nX-Api-Key: key\n"))
    }

    @Test("another port is another origin and gets no credential, nor does the first one after it")
    func otherOrigin() async throws {
        let (first, second) = (try ScriptedServer(), try ScriptedServer())
        let headers: HTTPHeaders = ["X-Api-Key": "key", "Cookie": "a=b", "Accept": "text/plain"]
        let text = try await asked(first.request("/point?302&\(second.base)/request", headers: headers))
        #expect(text.contains("Host: \(second.base.dropFirst("http://".count))\n"))
        #expect(text.contains("Accept: text/plain\n"))
        for hidden in ["tok.en", "key", "Cookie"] { #expect(!text.contains(hidden)) }
        let back = try await asked(first.request("/point?302&\(second.base)/point?302&\(first.base)/request", headers: headers))
        #expect(back.hasPrefix("GET /request "))
        #expect(!back.contains("tok.en"))
    }

    @Test("another name of the same host is another origin")
    func otherName() async throws {
        let server = try ScriptedServer()
        let text = try await asked(
            server.request("/point?307&\(server.base.replacingOccurrences(of: "127.0.0.1", with: "localhost"))/request"))
        #expect(text.contains("Host: localhost:"))
        #expect(!text.contains("tok.en"))
    }

    @Test("the method follows the status", arguments: zip([301, 302, 303, 307, 308], ["GET", "GET", "GET", "POST", "POST"]))
    func method(status: Int, method: String) async throws {
        let server = try ScriptedServer()
        var request = server.request("/point?\(status)&/echo", .post, body: Array("body".utf8))
        request.redirects = .follow(1)
        let answer = try await transport.send(request)
        #expect(answer.head.headers["X-Method"] == method)
        #expect(answer.body == (method == "POST" ? Array("body".utf8) : []))
    }

    @Test("a body goes to no other origin, and one that was streamed nowhere")
    func bodies() async throws {
        let (first, second) = (try ScriptedServer(), try ScriptedServer())
        var request = first.request("/point?307&\(second.base)/echo", .put, body: [1])
        request.redirects = .follow(1)
        #expect(try await transport.send(request).head.status == 307)
        request = first.request("/point?307&/echo", .put)
        request.bodyStream = .stream(length: 0) { nil }
        request.redirects = .follow(1)
        #expect(try await transport.send(request).head.status == 307)
        #expect(try await second.count("connections") == 1, "the question itself is the only one")
    }

    @Test("from TLS nothing goes where there is none")
    func downgrade() async throws {
        let (secure, open) = (try ScriptedServer(.tls), try ScriptedServer())
        var request = secure.request("/point?302&\(open.base)/request")
        request.redirects = .follow(1)
        let error = try await transportError { _ = try await transport.send(request) }
        #expect(error.code == .protocolViolation)
        #expect(error.problem.contains("from https to http"))
    }

    @Test(
        "what is no URL of HTTP, and one too many, is refused", arguments: ["ftp://127.0.0.1/x", "http://", "/point?302&/point?302&/hello"])
    func refused(location: String) async throws {
        let server = try ScriptedServer()
        var request = server.request("/point?302&\(location)")
        request.redirects = .follow(2)
        #expect(try await transportError { _ = try await transport.send(request) }.code == .protocolViolation)
    }

    @Test("a user in the URL is refused")
    func user() async throws {
        let server = try ScriptedServer()
        var request = server.request("/point?302&http://robot:hidden@127.0.0.1:1/")
        request.redirects = .follow(2)
        let error = try await transportError { _ = try await transport.send(request) }
        #expect(error.code == .invalidRequest)
        #expect(!error.description.contains("hidden"))
    }
}
