import Assembly
import Foundation
import Hummingbird
import HummingbirdCore
import LocalIO
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import SystemPackage

/// Serves the control socket. Whoever may open it may act: its mode is 0660, and its folder is closed to others.
struct ControlService: Service {
    let path: FilePath
    let router: ControlRouter
    let onRunning: @Sendable () async -> Void
    let logger: Logger

    /// Hundreds of commands may watch one run; beyond, new ones wait in the backlog.
    private static let connectionLimit = 1_000

    /// Listens under another name first, which nobody knows; with its mode right it takes its name by a rename. So no command ever meets a
    /// socket that is open to others, and the stale one of a process that was killed is replaced. What answers there, and what is no socket,
    /// is left alone: the daemon's lock guards a state directory, and two configurations may name one socket.
    func run() async throws {
        try prepareFolder()
        try checkPlace()
        let hidden = path.removingLastComponent().appending(".\(String(UInt32.random(in: 0 ... .max), radix: 16))")
        defer { removeQuietly(hidden) }
        let published = Mutex<Result<FileStatus, any Error>?>(nil)
        let configuration = ApplicationConfiguration(
            address: .unixDomainSocket(path: hidden.string), serverName: nil, backlog: 1_024,
            availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit, logger: logger.quiet))
        let application = Application(
            router: router.make(), server: .http1(configuration: .init(idleTimeout: .seconds(10))), configuration: configuration,
            onServerRunning: { channel in
                do {
                    try SocketFile.publish(hidden, as: path)
                    let status = try FileStatus(path, followingLinks: false)
                    published.withLock { $0 = .success(status) }
                    await onRunning()
                } catch {
                    published.withLock { $0 = .failure(error) }
                    channel.close(promise: nil)
                }
            }, logger: logger.quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw unusable("\(Errno(rawValue: error.errnoCode))")
        }
        switch published.withLock({ $0 }) {
        case .success(let own): removeIfOwn(own)
        case .failure(let error): throw unusable("\(error)")
        case nil: break
        }
        try Task.checkStillWanted("the control socket \(path)")
    }

    private func unusable(_ reason: String) -> RequestError {
        RequestError(
            .outOfReach, "cannot listen on \(path): \(reason)", remedy: "name another place with 'control_socket:', or mend the folder")
    }

    private func checkPlace() throws {
        switch try SocketPlace.unixSocket(path) {
        case .free, .stale: return
        case .taken:
            throw RequestError(
                .busy, "another process answers at the control socket \(path)",
                remedy: "stop it ('systemctl stop opsd'), or name another place with 'control_socket:'")
        case .foreign:
            throw RequestError(
                .configuration, "\(path) is there and is no socket", remedy: "move it away, or name another place with 'control_socket:'")
        }
    }

    private func prepareFolder() throws {
        let folder = path.removingLastComponent()
        try Folder.make(folder, permissions: [.ownerReadWriteExecute, .groupReadExecute])
        let status = try FileStatus(folder)
        // Whoever may write there could put a socket of their own in the place of this one.
        guard !status.permissions.contains(.otherWrite), !status.permissions.contains(.groupWrite) else {
            throw RequestError(
                .configuration, "the folder of the control socket, \(folder), can be written by others",
                remedy: "use a folder of opsd's own with mode 0750, such as /run/opsd")
        }
    }

    /// Another daemon may have put its socket there since.
    private func removeIfOwn(_ own: FileStatus) {
        // What cannot be examined is not ours to remove.
        guard let status = try? FileStatus(path, followingLinks: false), status.isSameFile(as: own) else { return }
        removeQuietly(path)
    }

    private func removeQuietly(_ path: FilePath) {
        try? DurableFile.remove(path)  // a socket file that stays is replaced by the next start
    }
}

extension Task where Success == Never, Failure == Never {
    /// Throws where a server ended though nobody told it to: an error on its listening socket ends it without a word.
    static func checkStillWanted(_ what: String) throws {
        guard !isShuttingDownGracefully, !isCancelled else { return }
        throw RequestError(
            .outOfReach, "\(what) stopped listening", remedy: "look for the reason in 'journalctl -u opsd'; systemd starts it again")
    }
}
