import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import LabServers
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// The listening side: HTTP/1.1 on a free port of loopback. It ends when it is stopped or dropped.
final class StandInServer: Sendable {
    /// What answers a request, and after how many bytes of the body the connection is cut.
    typealias Responder = @Sendable (StandInRequest) async -> (response: StandInResponse, cut: Int?)

    let port: Int
    private let running: Task<Void, any Error>

    private init(port: Int, running: Task<Void, any Error>) {
        self.port = port
        self.running = running
    }

    /// Listens; with certificates nil, without encryption. Throws `LabError`, and what NIO throws for a bad certificate.
    static func start(certificates: StandInCertificates?, responder: @escaping Responder) async throws -> StandInServer {
        let plain = HTTPServerBuilder.http1()
        var server = plain
        if let certificates {
            let chain = try NIOSSLCertificate.fromPEMFile(certificates.certificate).map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(file: certificates.key, format: .pem)
            server = try .tls(plain, tlsConfiguration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
        }
        var logger = Logger(label: "stand-in")
        logger.logLevel = .critical
        let (ports, found) = AsyncStream<Int>.makeStream()
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in try await answer(request, by: responder) }, server: server,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { found.yield(port) }
                found.finish()
            }, logger: logger)
        // It lives as long as this value, which no task of the caller's does.
        let running = Task {
            defer { found.finish() }
            try await application.run()
        }
        for await port in ports { return StandInServer(port: port, running: running) }
        try await running.value
        throw LabError(.serverFailed, "the stand-in does not listen")
    }

    /// Ends the server; connections are cut.
    func stop() { running.cancel() }

    deinit { running.cancel() }

    /// Cuts the connection: the writer of a body has no other way to fail.
    private struct Cut: Error {}

    private static func answer(_ request: Request, by responder: Responder) async throws -> Response {
        var request = request
        let body = try await request.collectBody(upTo: 256 << 20)
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        let isHead = request.method == .head
        let standIn = StandInRequest(
            method: request.method.rawValue, target: request.head.path ?? "/", headers: headers, body: Array(body.readableBytesView))
        let (answer, cut) = await responder(standIn)
        var fields = HTTPFields()
        for (name, value) in answer.headers { if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) } }
        let status = HTTPResponse.Status(code: answer.status)
        fields[.contentLength] = "\(answer.announcedLength ?? answer.body.count)"
        if let cut {
            let part = ByteBuffer(bytes: answer.body.prefix(cut))
            return Response(
                status: status, headers: fields,
                body: ResponseBody(contentLength: answer.body.count) { writer in
                    try await writer.write(part)
                    throw Cut()
                })
        }
        if isHead { return Response(status: status, headers: fields) }
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
