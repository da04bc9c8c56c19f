import Assembly
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// Serves metrics and health where the configuration says.
struct MetricsService: Service {
    let listen: ListenSection
    let router: MetricsRouter
    /// Certificate and key of the server in PEM; nil where only this host reaches the address.
    let identity: TLSIdentity?
    let onRunning: @Sendable () async -> Void
    let logger: Logger

    /// A Prometheus, a second one, a health check; more at once is a mistake or an attack.
    private static let connectionLimit = 64

    /// What proves the server to its clients.
    struct TLSIdentity: Sendable {
        let certificatePath: String
        let key: [UInt8]
    }

    func run() async throws {
        let configuration = ApplicationConfiguration(
            address: .hostname(listen.address.host, port: listen.address.port), serverName: nil,
            availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit, logger: logger.quiet))
        let application = Application(
            router: router.make(), server: try server(), configuration: configuration, onServerRunning: { _ in await onRunning() },
            logger: logger.quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw RequestError(
                .outOfReach, "cannot listen on \(listen.address): \(error)",
                remedy: "free the port ('ss -ltnp'), or name another one with 'listen:'")
        }
    }

    private func server() throws -> HTTPServerBuilder {
        let plain = HTTPServerBuilder.http1(configuration: .init(idleTimeout: .seconds(60)))
        guard let identity else { return plain }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(identity.certificatePath).map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(bytes: identity.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            return try .tls(plain, tlsConfiguration: configuration)
        } catch {
            throw RequestError(
                .configuration, "certificate \(identity.certificatePath) or its key cannot be used: \(error)",
                remedy: "check 'listen.certificate' and 'listen.key_file'")
        }
    }
}

extension Logger {
    /// For libraries that log each request and connection: what matters of them is an error of ours.
    var quiet: Logger {
        var logger = self
        logger.logLevel = .error
        return logger
    }
}
