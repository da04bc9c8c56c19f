import LocalIO
import Logging
import Synchronization

/// Speaks to systemd, where systemd started the daemon (sd_notify(3)); elsewhere it is silent.
final class Supervisor: Sendable {
    private let socket: NotifySocket?
    private let logger: Logger
    private let status = Mutex("")

    /// Speaks to the socket that `NOTIFY_SOCKET` names.
    init(environment: [String: String], logger: Logger) {
        socket = environment["NOTIFY_SOCKET"].flatMap { NotifySocket(path: $0) }
        self.logger = logger
    }

    var isListening: Bool { socket != nil }

    /// Sends the lines as one message.
    func tell(_ lines: String) {
        guard let socket else { return }
        do {
            try socket.send(lines)
        } catch {
            logger.warning("systemd cannot be told, ignoring", metadata: ["error": "\(error)"])
        }
    }

    /// Sends the status line where it changed.
    func show(_ text: String) {
        let isNew = status.withLock { status in
            defer { status = text }
            return status != text
        }
        if isNew { tell("STATUS=\(text)") }
    }
}
