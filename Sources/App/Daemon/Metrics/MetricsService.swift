import Assembly
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import SystemPackage

/// Serves metrics and health where the configuration says.
struct MetricsService: Service {
    let listen: ListenSection
    let router: MetricsRouter
    /// What protects the address; nil where only this host reaches it.
    let secrets: ListenSecrets?
    let onRunning: @Sendable () async -> Void
    let logger: Logger

    /// A Prometheus, a second one, a health check; more at once is a mistake or an attack.
    private static let connectionLimit = 64

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
                .outOfReach, "cannot listen on \(listen.address): \(Errno(rawValue: error.errnoCode))",
                remedy: "free the port ('ss -ltnp'), or name another one with 'listen:'")
        }
        try Task.checkStillWanted("\(listen.address)")
    }

    private func server() throws -> HTTPServerBuilder {
        let plain = HTTPServerBuilder.http1(configuration: .init(idleTimeout: .seconds(10)))
        guard let secrets else { return plain }
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(secrets.certificate).map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(bytes: secrets.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            return try .tls(plain, tlsConfiguration: configuration)
        } catch {
            throw RequestError(
                .configuration, "the certificate of 'listen' or its key cannot be used: \(error)",
                remedy: "check 'listen.certificate' and 'listen.key_file'")
        }
    }
}

extension Logger {
    /// For libraries that log requests and connections: what matters of them is thrown, and said once.
    var quiet: Logger {
        var logger = self
        logger.logLevel = .critical
        return logger
    }
}
