import CurlTransport
import Foundation
import LabServers
import Testing

@Suite("Who is who in TLS, and behind a proxy", .enabled(if: ScriptedServer.isAvailable, "needs python3"), .timeLimit(.minutes(10)))
struct TrustTests {
    private let transport = CurlTransport()

    @Test("a server that wants a certificate of us gets ours")
    func clientCertificate() async throws {
        let server = try ScriptedServer(.mutualTLS)
        var request = server.request("/hello")
        let without = try await transportError { _ = try await transport.send(request) }
        // The server's alert, or the reset behind it: it closes on a request that it has not read.
        #expect([.tls, .interrupted].contains(without.code), "\(without)")
        request.clientCertificate = server.clientCertificate
        #expect(try await transport.send(request).body == Array("hello".utf8))
        // The connection that the certificate opened serves nobody without it.
        request.clientCertificate = nil
        let after = try await transportError { _ = try await transport.send(request) }
        #expect([.tls, .interrupted].contains(after.code), "\(after)")
    }

    @Test("a certificate that is not there, or no certificate, is an error of TLS")
    func missingCertificate() async throws {
        let server = try ScriptedServer(.mutualTLS)
        let own = try #require(server.clientCertificate)
        var request = server.request("/hello")
        for (certificate, key) in [("/nonexistent.pem", own.key), (own.certificate, "/nonexistent.pem"), (own.key, own.key)] {
            request.clientCertificate = HTTPRequest.ClientCertificate(certificate: certificate, key: key)
            let error = try await transportError { _ = try await transport.send(request) }
            #expect(error.code == .tls, "\(error)")
        }
    }

    @Test("a connection to a trusted server does not serve a request that does not trust it")
    func trustIsNotShared() async throws {
        let server = try ScriptedServer(.tls)
        var request = server.request("/hello")
        #expect(try await transport.send(request).head.status == 200)
        request.trustedCertificates = nil
        #expect(try await transportError { _ = try await transport.send(request) }.code == .tls)
    }

    @Test("a proxy that is named is asked, with its own credentials")
    func namedProxy() async throws {
        let proxy = try ScriptedServer()
        var request = HTTPRequest(.get, "http://registry.invalid/request")
        request.proxy = .server(proxy.base, user: "opsd", password: CurlTransport.Secret("pw"))
        let text = try await String(decoding: transport.send(request).body, as: UTF8.self)
        #expect(text.hasPrefix("GET http://registry.invalid/request HTTP/1.1\n"))
        #expect(text.contains("Proxy-Authorization: Basic \(Data("opsd:pw".utf8).base64EncodedString())\n"))
    }

    @Test("the environment's proxy is asked, but not for this host, nor where there shall be none")
    func environmentProxy() async throws {
        let (proxy, server) = (try ScriptedServer(), try ScriptedServer())
        let (proxyURL, serverURL) = (proxy.base, server.base)
        await #expect(processExitsWith: .success) { [proxyURL = proxyURL as String, serverURL = serverURL as String] in
            setenv("http_proxy", proxyURL, 1)
            unsetenv("no_proxy")
            unsetenv("NO_PROXY")
            let transport = CurlTransport()
            var request = HTTPRequest(.get, "http://registry.invalid/request")
            let text = try await String(decoding: transport.send(request).body, as: UTF8.self)
            #expect(text.hasPrefix("GET http://registry.invalid/request "))
            request.proxy = .none
            #expect(try await transportError { _ = try await transport.send(request) }.code == .unreachable)
            let direct = try await transport.send(HTTPRequest(.get, serverURL + "/request"))
            #expect(String(decoding: direct.body, as: UTF8.self).hasPrefix("GET /request "))
        }
    }
}
