import CurlTransport
import Foundation
import LabServers

/// A running ``ServerScript``, ended with this value.
final class ScriptedServer: Sendable {
    /// How a client finds it.
    enum Address {
        case tcp, unix, tls
        /// TLS for clients that show a certificate.
        case mutualTLS
        /// HTTP/2 over TLS; it knows no paths.
        case http2
    }

    static var isAvailable: Bool { Program.find("python3") != nil }

    private let folder: TemporaryFolder
    private let process: ServerProcess
    /// What a URL of this server begins with.
    let base: String
    /// The path of the unix socket, if it listens there.
    let socket: String?
    /// Its own certificate, if it speaks TLS.
    let certificate: String?

    /// Its own certificate and key as a client's, where it wants one.
    let clientCertificate: HTTPRequest.ClientCertificate?

    init(_ address: Address = .tcp) throws {
        folder = try TemporaryFolder("opsd-curl")
        let script = folder.file("server.py")
        let ready = folder.file("address")
        try (address == .http2 ? HTTP2Script.text : ServerScript.text).write(toFile: script, atomically: true, encoding: .utf8)
        var command = [try Program.located("python3"), "-B", script, ready]
        switch address {
        case .tcp: (socket, certificate) = (nil, nil)
        case .unix: (socket, certificate) = (folder.file("server.sock"), nil)
        case .tls, .mutualTLS, .http2: (socket, certificate) = (nil, try Self.makeCertificate(in: folder))
        }
        command.append(socket ?? "tcp")
        if let certificate { command += [certificate, folder.file("key.pem")] }
        if address == .mutualTLS, let certificate {
            command.append(certificate)
            clientCertificate = HTTPRequest.ClientCertificate(certificate: certificate, key: folder.file("key.pem"))
        } else {
            clientCertificate = nil
        }
        process = try ServerProcess(command, log: folder.file("log"), stopSignal: "KILL")
        while !FileManager.default.fileExists(atPath: ready) {
            guard process.isRunning else {
                throw LabError(.serverFailed, try String(contentsOfFile: folder.file("log"), encoding: .utf8))
            }
            usleep(5_000)
        }
        let port = try String(contentsOfFile: ready, encoding: .utf8)
        base = socket != nil ? "http://localhost" : (certificate == nil ? "http" : "https") + "://127.0.0.1:\(port)"
    }

    deinit { process.stop() }

    /// Ends the server; its socket's file stays.
    func stop() { process.stop() }

    /// A request to this server for `path` with query.
    func request(_ path: String, _ method: HTTPRequest.Method = .get, body: [UInt8]? = nil, headers: HTTPHeaders = [:]) -> HTTPRequest {
        HTTPRequest(method, base + path, headers: headers, body: body, unixSocket: socket, trustedCertificates: certificate)
    }

    /// One of the server's counters.
    func count(_ name: String) async throws -> Int {
        let answer = try await CurlTransport().send(request("/state?\(name)"))
        return Int(String(decoding: answer.body, as: UTF8.self)) ?? -1
    }

    /// Asks until the counter fulfils `condition`; the test's time limit ends what never does.
    func wait(until name: String, _ condition: (Int) -> Bool) async throws {
        while !condition(try await count(name)) { await Task.yield() }
    }

    private static func makeCertificate(in folder: TemporaryFolder) throws -> String {
        let certificate = folder.file("certificate.pem")
        try Program.succeed(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=lab",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder.file("key.pem"), "-out", certificate,
            ])
        return certificate
    }
}

/// Runs `work`, which must fail, and answers its error.
func transportError(_ work: () async throws -> Void) async throws -> TransportError {
    do {
        try await work()
    } catch {
        guard let error = error as? TransportError else { throw error }
        return error
    }
    throw LabError(.unexpectedAnswer, "a request succeeded that should have failed")
}
