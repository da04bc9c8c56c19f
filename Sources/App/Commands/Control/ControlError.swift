import Assembly
import ControlProtocol
import CurlTransport
import SystemPackage

/// Why the daemon did not do what a command asked it for.
struct ControlError: Error, Equatable, CustomStringConvertible {
    /// Kind of failure; bounded, so it can be a metric label.
    enum Code: String, CaseIterable {
        /// Nobody listens on the socket.
        case noDaemon = "no_daemon"
        /// The socket is there, and this user may not use it.
        case denied
        /// A connection that was made broke, or fell silent.
        case lost
        /// What answers does not speak our protocol.
        case garbled
        /// The daemon answered that it would not, or could not.
        case refused
    }

    let code: Code
    /// What cannot be done and why, as a sentence without a full stop.
    let problem: String
    /// The next thing to do; empty where there is none.
    let remedy: String
    /// What the command exits with.
    let exitCode: Int32
    /// Of a refusal: the protocol's own word for the reason.
    let reason: String?
    /// Of a refusal: the run that is in the way.
    let run: String?

    init(_ code: Code, _ problem: String, remedy: String = "", exitCode: Int32 = 69, reason: String? = nil, run: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.exitCode = exitCode
        self.reason = reason
        self.run = run
    }

    /// The daemon's own words and exit code.
    init(_ document: ErrorDocument) {
        let failure = document.error
        // Nothing but a success exits with 0, whatever a daemon of another version says.
        let exitCode = (1...255).contains(failure.exitCode) ? failure.exitCode : 1
        self.init(.refused, failure.problem, remedy: failure.remedy, exitCode: exitCode, reason: failure.code, run: failure.run)
    }

    /// What a failed transfer over the socket at `path` means.
    init(_ error: TransportError, socket path: String) {
        switch error.code {
        case .unreachable:
            self.init(.noDaemon, "no daemon answers at \(path)", remedy: "systemctl start opsd")
        case .denied:
            let audience = SocketAudience(of: FilePath(path))
            self.init(
                .denied, "the daemon's socket \(path) may not be used by this user",
                remedy:
                    "become a member of the group \(audience.group) and log in again, or put 'sudo -u \(audience.user)' before the command")
        case .timedOut, .interrupted:
            self.init(.lost, "the daemon at \(path) stopped answering: \(error.problem)", remedy: "systemctl status opsd")
        case .protocolViolation, .bodyTooLarge:
            self.init(
                .garbled, "what answers at \(path) is no opsd that this one understands: \(error.problem)", remedy: Self.versions)
        case .tls, .invalidRequest, .failed:
            self.init(.lost, "the daemon at \(path) cannot be asked: \(error.problem)", remedy: error.remedy ?? "")
        }
    }

    /// Something came that is no document of ours.
    static func garbled(_ what: String, socket path: String) -> ControlError {
        ControlError(.garbled, "what answers at \(path) is no opsd that this one understands: \(what)", remedy: versions)
    }

    private static let versions = "compare 'opsd --version' with the daemon's, and 'control_socket' with the daemon's configuration"

    /// Whether the same request may succeed later without anybody's help.
    var isRetryable: Bool { code == .lost }

    /// Problem and, where there is one, remedy in one line.
    var description: String { remedy.isEmpty ? problem : "\(problem). Hint: \(remedy)" }
}
