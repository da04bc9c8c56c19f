import Dispatch
import LocalIO
import Logging
import Synchronization

/// Speaks to systemd, where systemd started the daemon (sd_notify(3)); elsewhere it is silent.
final class Supervisor: Sendable {
    private let socket: NotifySocket?
    private let logger: Logger
    private let status = Mutex("")
    /// A socket that nobody reads blocks for a while: this thread, and nobody who has something to tell.
    private let queue = DispatchQueue(label: "opsd.notify")

    /// Speaks to the socket that `NOTIFY_SOCKET` names.
    init(environment: [String: String], logger: Logger) {
        socket = environment["NOTIFY_SOCKET"].flatMap { NotifySocket(path: $0) }
        self.logger = logger
    }

    var isListening: Bool { socket != nil }

    /// Sends the lines as one message.
    func tell(_ lines: String) {
        guard let socket else { return }
        queue.async { [logger] in
            do {
                try socket.send(lines)
            } catch {
                logger.warning("systemd cannot be told, ignoring", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Waits until everything was sent: before the process ends.
    func drain() async {
        await withCheckedContinuation { done in queue.async { done.resume() } }
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
