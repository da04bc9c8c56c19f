import CurlTransport
import Foundation
import LabServers
import Testing

@Suite("Requests and whole answers", .enabled(if: ScriptedServer.isAvailable, "needs python3"), .timeLimit(.minutes(10)))
struct SendTests {
    private let transport = CurlTransport()

    @Test("status, headers and body come as they were sent", arguments: [ScriptedServer.Address.tcp, .unix])
    func answer(address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        let answer = try await transport.send(server.request("/hello"))
        #expect(answer.head.status == 200)
        #expect(answer.head.headers["CONTENT-LENGTH"] == "5")
        #expect(answer.head.headers.values(of: "X-Twice") == ["one", "two"])
        #expect(answer.head.headers["x-empty"] == "")
        #expect(answer.head.headers["x-absent"] == nil)
        #expect(answer.body == Array("hello".utf8))
    }

    @Test("a body arrives whole, with every method that has one", arguments: [HTTPRequest.Method.post, .put, .patch, .delete, .get])
    func echo(method: HTTPRequest.Method) async throws {
        let server = try ScriptedServer()
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let answer = try await transport.send(server.request("/echo", method, body: body))
        #expect(answer.head.headers["X-Method"] == method.rawValue)
        #expect(answer.body == body)
    }

    @Test("a request says what its caller said, and nothing else of note")
    func requestHeaders() async throws {
        let server = try ScriptedServer()
        let request = server.request(
            "/request?a=b%20c", .post, body: Array("{}".utf8),
            headers: ["X-One": "1", "Content-Type": "application/json", "X-Empty": "", "X-Blank": " "])
        let lines = try await String(decoding: transport.send(request).body, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.first == "POST /request?a=b%20c HTTP/1.1")
        let host = String(server.base.dropFirst("http://".count))
        #expect(
            lines.dropFirst().sorted() == [
                "Accept: */*", "Content-Length: 2", "Content-Type: application/json", "Host: \(host)", "User-Agent: opsd", "X-Blank: ",
                "X-Empty: ",
                "X-One: 1",
            ])
    }

    @Test("a POST without a body announces that it has none")
    func emptyPost() async throws {
        let server = try ScriptedServer()
        let text = try await String(decoding: transport.send(server.request("/request", .post)).body, as: UTF8.self)
        #expect(text.contains("Content-Length: 0\n"))
        #expect(!text.contains("Content-Type"))
    }

    @Test("HEAD brings headers, and a body's length without the body")
    func head() async throws {
        let server = try ScriptedServer()
        let answer = try await transport.send(server.request("/big?50000000", .head), bodyLimit: 0)
        #expect(answer.head.headers["Content-Length"] == "50000000")
        #expect(answer.body.isEmpty)
    }

    @Test("an error status is an answer with its body", arguments: [400, 401, 404, 500, 503])
    func errorStatus(status: Int) async throws {
        let server = try ScriptedServer()
        var request = server.request("/status?\(status)")
        request.authorization = .basic(user: "robot", password: CurlTransport.Secret("wrong"))
        let answer = try await transport.send(request)
        #expect(answer.head.status == status)
        #expect(answer.body == Array("as you wish".utf8))
    }

    @Test("204 has no body, and ends")
    func noContent() async throws {
        let server = try ScriptedServer()
        let answer = try await transport.send(server.request("/nothing"))
        #expect(answer.head.status == 204)
        #expect(answer.body.isEmpty)
    }

    @Test("a redirect is an answer, and is not followed")
    func redirect() async throws {
        let server = try ScriptedServer()
        let answer = try await transport.send(server.request("/redirect"))
        #expect(answer.head.status == 302)
        #expect(answer.head.headers["Location"] == "/hello")
        #expect(answer.body == Array("elsewhere".utf8))
    }

    @Test("interim answers are passed over")
    func interim() async throws {
        let server = try ScriptedServer()
        let answer = try await transport.send(server.request("/interim"))
        #expect(answer.head.status == 200)
        #expect(answer.head.headers["X-Early"] == nil)
        #expect(answer.body == Array("final".utf8))
    }

    @Test("a folded header is one value, and a trailer is no header")
    func oddHeaders() async throws {
        let server = try ScriptedServer()
        #expect(try await transport.send(server.request("/folded")).head.headers["X-Long"] == "one two")
        let trailed = try await transport.send(server.request("/trailer"))
        #expect(trailed.head.headers["X-Sum"] == nil)
        #expect(trailed.body == Array("body".utf8))
    }

    @Test("credentials reach the server")
    func authorization() async throws {
        let server = try ScriptedServer()
        var request = server.request("/request")
        request.authorization = .bearer(CurlTransport.Secret("tok.en"))
        #expect(try await String(decoding: transport.send(request).body, as: UTF8.self).contains("\nAuthorization: Bearer tok.en\n"))
        request.authorization = .basic(user: "robot$backup", password: CurlTransport.Secret("a:b"))
        let expected = Data("robot$backup:a:b".utf8).base64EncodedString()
        #expect(try await String(decoding: transport.send(request).body, as: UTF8.self).contains("\nAuthorization: Basic \(expected)\n"))
    }

    @Test("two hundred requests at once all get their own answer", arguments: [ScriptedServer.Address.tcp, .unix])
    func parallel(address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        let answers = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for number in 0..<200 {
                group.addTask {
                    (number, try await CurlTransport().send(server.request("/echo", .post, body: Array("\(number)".utf8))).body)
                }
            }
            return try await group.reduce(into: [Int: [UInt8]]()) { $0[$1.0] = $1.1 }
        }
        #expect(answers == Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, Array("\($0)".utf8)) }))
    }

    @Test("a unix socket ignores the environment's proxies")
    func proxy() async throws {
        let server = try ScriptedServer(.unix)
        let socket = try #require(server.socket)
        await #expect(processExitsWith: .success) { [socket = socket as String] in
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            setenv("ALL_PROXY", "http://127.0.0.1:1", 1)
            let answer = try await CurlTransport().send(HTTPRequest(.get, "http://somewhere/hello", unixSocket: socket))
            #expect(answer.body == Array("hello".utf8))
        }
    }
}
