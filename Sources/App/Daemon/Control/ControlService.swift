import Assembly
import Foundation
import Hummingbird
import HummingbirdCore
import LocalIO
import Logging
import NIOCore
import ServiceLifecycle
import SystemPackage

/// Serves the control socket. Whoever may open it may act: its mode is 0660, and its folder is closed to others.
struct ControlService: Service {
    let path: FilePath
    let router: ControlRouter
    let onRunning: @Sendable () async -> Void
    let logger: Logger

    /// Hundreds of commands may watch one run; beyond, new ones wait in the backlog.
    private static let connectionLimit = 1_000

    /// Listens under another name first, which nobody knows; with mode and owner right it takes its name by a rename. So no command ever meets a
    /// socket that is open to others, and the stale one of a process that was killed is replaced. The daemon's lock is held meanwhile: no
    /// living daemon's socket is taken away.
    func run() async throws {
        try prepareFolder()
        let hidden = path.removingLastComponent().appending(
            ".\(path.lastComponent?.string ?? "control").\(String(UInt32.random(in: 0 ... .max), radix: 16))")
        defer { unlinkQuietly(hidden) }
        let configuration = ApplicationConfiguration(
            address: .unixDomainSocket(path: hidden.string), serverName: nil, backlog: 1_024,
            availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit, logger: logger.quiet))
        let application = Application(
            router: router.make(), server: .http1(configuration: .init(idleTimeout: .seconds(60))), configuration: configuration,
            onServerRunning: { channel in
                do {
                    try SocketFile.publish(hidden, as: path)
                    await onRunning()
                } catch {
                    logger.error("control socket cannot take its name", metadata: ["socket": "\(path)", "error": "\(error)"])
                    // Without its socket the daemon is of no use: the server's end ends the service group.
                    channel.close(promise: nil)
                }
            }, logger: logger.quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw RequestError(
                .outOfReach, "cannot listen on \(path): \(error)", remedy: "name another place with 'control_socket:', or mend the folder")
        }
        unlinkQuietly(path)
    }

    private func prepareFolder() throws {
        let folder = path.removingLastComponent()
        try Folder.make(folder, permissions: [.ownerReadWriteExecute, .groupReadExecute])
        let status = try FileStatus(folder)
        guard !status.permissions.contains(.otherWrite) else {
            throw RequestError(
                .configuration, "the folder of the control socket, \(folder), can be written by everybody",
                remedy: "use a folder of opsd's own with mode 0750, such as /run/opsd")
        }
    }

    private func unlinkQuietly(_ path: FilePath) {
        // A socket file that stays is replaced by the next start.
        try? DurableFile.remove(path)
    }
}
