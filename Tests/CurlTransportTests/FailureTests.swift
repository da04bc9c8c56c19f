import CurlTransport
import Foundation
import LabServers
import Synchronization
import Testing

@Suite("Failures are named for what they are", .enabled(if: ScriptedServer.isAvailable, "needs python3"), .timeLimit(.minutes(10)))
struct FailureTests {
    private let transport = CurlTransport()

    @Test("nobody listens on the port")
    func refused() async throws {
        let port = try FreePort.next()
        let error = try await transportError { _ = try await transport.send(HTTPRequest(.get, "http://127.0.0.1:\(port)/x?key=hidden")) }
        #expect(error.code == .unreachable)
        #expect(error.isRetryable)
        #expect(error.problem.hasPrefix("cannot connect to http://127.0.0.1:\(port)/x: "))
        #expect(!error.description.contains("hidden"))
    }

    @Test("there is no such socket, or nobody listens on it")
    func socketWithoutServer() async throws {
        let server = try ScriptedServer(.unix)
        let socket = try #require(server.socket)
        let absent = HTTPRequest(.get, "http://localhost/", unixSocket: socket + ".absent")
        let missing = try await transportError { _ = try await transport.send(absent) }
        #expect(missing.code == .unreachable)
        #expect(missing.problem == "cannot connect to \(socket).absent: no such file or directory")
        server.stop()
        let stale = try await transportError { _ = try await transport.send(server.request("/hello")) }
        #expect(stale.code == .unreachable)
        #expect(stale.problem == "cannot connect to \(socket): connection refused")
        #expect(stale.description.contains(". Hint: "))
    }

    @Test("the socket is not ours to use", .enabled(if: geteuid() != 0, "root may use every socket"))
    func deniedSocket() async throws {
        let server = try ScriptedServer(.unix)
        let socket = try #require(server.socket)
        chmod(socket, 0)
        let error = try await transportError { _ = try await transport.send(server.request("/hello")) }
        #expect(error.code == .denied)
        #expect(!error.isRetryable)
        #expect(error.problem == "cannot connect to \(socket): permission denied")
    }

    @Test("a name that does not exist")
    func unknownHost() async throws {
        let error = try await transportError { _ = try await transport.send(HTTPRequest(.get, "http://nowhere.invalid/")) }
        #expect(error.code == .unreachable)
    }

    @Test("a cut answer is an error, never a short success", arguments: [ScriptedServer.Address.tcp, .unix, .tls])
    func cut(address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        for path in ["/cut-head", "/cut-body", "/cut-chunk", "/cut-between-chunks"] + (address == .tcp ? ["/reset"] : []) {
            let error = try await transportError { _ = try await transport.send(server.request(path)) }
            #expect(error.code == .interrupted, "\(path): \(error)")
            #expect(error.isRetryable)
            #expect(error.problem.contains(server.socket ?? server.base))
            #expect(error.cause?.hasPrefix("curl ") == true)
        }
    }

    @Test("what came before the cut is handed over, then the error", arguments: ["/cut-body", "/cut-chunk"])
    func cutStream(path: String) async throws {
        let server = try ScriptedServer()
        let parts = Mutex<[UInt8]>([])
        let error = try await transportError {
            try await transport.stream(server.request(path)) { chunk in parts.withLock { $0 += chunk } }
        }
        #expect(error.code == .interrupted)
        #expect(parts.withLock { $0 } == Array("only this".utf8))
    }

    @Test("a server that goes while we send ends the request, not the process", arguments: [ScriptedServer.Address.tcp, .unix, .tls])
    func cutUpload(address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        let body = [UInt8](repeating: 1, count: 30_000_000)
        let error = try await transportError { _ = try await transport.send(server.request("/cut-head", .post, body: body)) }
        #expect(error.code == .interrupted, "\(error)")
    }

    @Test("an answer that is cut in its headers is an error")
    func cutHeaders() async throws {
        let server = try ScriptedServer()
        let error = try await transportError { _ = try await transport.send(server.request("/cut-headers")) }
        #expect([.interrupted, .protocolViolation].contains(error.code))
    }

    @Test(
        "what is not HTTP, or beyond sane limits, is refused",
        arguments: ["/garbage", "/nameless", "/many-headers?20000", "/bomb"])
    func violation(path: String) async throws {
        let server = try ScriptedServer()
        let error = try await transportError { _ = try await transport.send(server.request(path), bodyLimit: 1 << 30) }
        #expect(error.code == .protocolViolation, "\(error)")
        #expect(!error.isRetryable)
    }

    @Test("one header of many megabytes ends the transfer")
    func hugeHeader() async throws {
        let server = try ScriptedServer()
        _ = try await transportError { _ = try await transport.send(server.request("/huge-header?20000000")) }
    }

    @Test("a larger body than accepted is refused, one of just that size is not", arguments: ["/big?", "/lines?"])
    func bodyLimit(path: String) async throws {
        let server = try ScriptedServer()
        let whole = try await transport.send(server.request(path + "100000")).body.count
        #expect(try await transport.send(server.request(path + "100000"), bodyLimit: whole).body.count == whole)
        let error = try await transportError { _ = try await transport.send(server.request(path + "100000"), bodyLimit: whole - 1) }
        #expect(error.code == .bodyTooLarge)
        #expect(error.problem.contains("\(whole - 1) bytes"))
    }

    @Test("a silent server is given up after the stall timeout, before and within the body", arguments: ["/hang", "/hang-body"])
    func stall(path: String) async throws {
        let server = try ScriptedServer()
        var request = server.request(path)
        request.stallTimeout = .seconds(1)
        let error = try await transportError { _ = try await transport.send(request) }
        #expect(error.code == .timedOut)
        #expect(error.isRetryable)
        try await server.wait(until: "waiting") { $0 == 0 }
    }

    @Test("a total timeout ends also an answer that keeps coming, which is no stall")
    func total() async throws {
        let server = try ScriptedServer()
        var request = server.request("/trickle")
        request.stallTimeout = .seconds(1)
        request.totalTimeout = .seconds(4)
        let error = try await transportError { _ = try await transport.send(request) }
        #expect(error.code == .timedOut)
        #expect(error.problem.hasSuffix("it took longer than 4.0 seconds"))
    }

    @Test("TLS is accepted from the trusted certificate only")
    func tls() async throws {
        let server = try ScriptedServer(.tls)
        #expect(try await transport.send(server.request("/hello")).body == Array("hello".utf8))
        var request = server.request("/hello")
        request.trustedCertificates = nil
        let untrusted = try await transportError { _ = try await transport.send(request) }
        #expect(untrusted.code == .tls)
        #expect(!untrusted.isRetryable)
        request.trustedCertificates = "/nonexistent.pem"
        #expect(try await transportError { _ = try await transport.send(request) }.code == .tls)
        request = server.request("/hello")
        request.url = request.url.replacingOccurrences(of: "127.0.0.1", with: "localhost")
        let otherName = try await transportError { _ = try await transport.send(request) }
        #expect(otherName.code == .tls, "the certificate is for the address only")
    }

    @Test("TLS with a server that speaks none is an error of TLS")
    func noTLS() async throws {
        let server = try ScriptedServer()
        var request = server.request("/hello")
        request.url = request.url.replacingOccurrences(of: "http://", with: "https://")
        #expect(try await transportError { _ = try await transport.send(request) }.code == .tls)
    }

    @Test("no error shows the token, the password or the query")
    func secrets() async throws {
        let server = try ScriptedServer()
        let secret = "s3cr3t-value"
        for authorization in [
            HTTPRequest.Authorization.bearer(CurlTransport.Secret(secret)), .basic(user: "u", password: CurlTransport.Secret(secret)),
        ] {
            var request = server.request("/cut-body?\(secret)")
            request.authorization = authorization
            let error = try await transportError { _ = try await transport.send(request) }
            #expect(error.problem.contains("/cut-body"))
            #expect(!String(reflecting: error).contains(secret))
            #expect(!"\(error)".contains(secret))
            #expect(!"\(authorization)".contains(secret))
            #expect("\(authorization)".contains("<redacted>"))
        }
    }
}
