import Foundation
import Synchronization

/// A server that we started and will end.
///
/// A test process can be killed at any time, and no server may survive it. So the server's parent is a guard (a small shell script)
/// whose input is a socket to us: it closes when we end, in whatever way, and the guard then stops the server and removes its folder.
/// Should the guard itself be killed, the kernel kills the server (`setpriv --pdeathsig`; it must be asked for by a process of one
/// thread, because the signal comes at the end of the *thread* that started the child).
package final class ServerProcess: Sendable {
    /// How long a server lives.
    package enum Lifetime: Sendable {
        /// Until `stop`, or the end of this process. `removing` names a folder to remove at the end of this process.
        case guarded(removing: String?)
        /// Until somebody stops it by its process id.
        case detached
    }

    /// Which process the server is.
    package let identity: Identity
    /// The server's own process id.
    package var pid: Int32 { identity.pid }
    private let stopSignal: String
    private let connection: Mutex<Connection?>

    /// A process id together with the time of its process's start, because ids are used again.
    package struct Identity: Codable, Equatable, Sendable {
        /// As the kernel numbers it.
        package let pid: Int32
        /// In clock ticks since the host's start.
        package let startTime: UInt64

        /// The process that has the id `pid` now; nil when there is none, or it is a zombie.
        package init?(pid: Int32) {
            // A process that cannot be read has ended.
            guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
            // The second field, in parentheses, is a name of any characters; the state is the third and the start time the 22nd.
            let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 19, let state = fields.first, state != "Z", state != "X", let start = UInt64(fields[19]) else {
                return nil
            }
            self.pid = pid
            startTime = start
        }

        /// Whether that very process has not ended.
        package var isRunning: Bool { Identity(pid: pid) == self }

        /// Ends the process by `signal` (a name such as `TERM`) and waits for its end, a minute at most; then kills it.
        package func stop(signal: String) {
            let number = ["INT": SIGINT, "QUIT": SIGQUIT, "TERM": SIGTERM, "KILL": SIGKILL][signal] ?? SIGTERM
            guard isRunning, kill(pid, number) == 0 else { return }
            if !Readiness.wait(until: { !isRunning }) { kill(pid, SIGKILL) }
        }
    }

    /// The guard, and the socket that keeps it waiting.
    private struct Connection {
        let guardian: pid_t
        let socket: Int32
    }

    /// Starts `command` (a path first), with output and errors appended to the file `log`. `stopSignal` is a name such as `TERM`.
    /// Throws `LabError`.
    package init(
        _ command: [String], log: String, stopSignal: String = "TERM", asUser user: UnprivilegedUser? = nil,
        lifetime: Lifetime = .guarded(removing: nil)
    ) throws {
        self.stopSignal = stopSignal
        let shell = try Program.located("sh")
        switch lifetime {
        case .guarded(let removing):
            let setpriv = try Program.located("setpriv")
            let command = [setpriv, "--pdeathsig=KILL", "--"] + (try user?.prefix(dyingWithParent: true) ?? []) + command
            let pair = try Self.makePair()
            defer { close(pair.theirs) }
            let output = try Self.makePair()
            defer { close(output.ours) }
            let arguments = [shell, "-c", Self.guardScript, "guard", log, stopSignal, removing ?? ""] + command
            let spawn = Spawn(command: arguments, input: pair.theirs, output: output.theirs, errors: output.theirs)
            let guardian: pid_t
            do {
                guardian = try spawn.launch()
            } catch {
                close(pair.ours)
                close(output.theirs)
                throw error
            }
            close(output.theirs)
            do {
                identity = try Self.readIdentity(output.ours, command: command)
            } catch {
                close(pair.ours)
                _ = Spawn.wait(for: guardian)
                throw error
            }
            connection = Mutex(Connection(guardian: guardian, socket: pair.ours))
        case .detached:
            let command = try (user?.prefix() ?? []) + command
            let answer = try Program.succeed(shell, ["-c", Self.detachScript, "detach", log] + command)
            connection = Mutex(nil)
            identity = try Self.makeIdentity(answer, command: command)
        }
    }

    deinit { stopGuard() }

    /// A server that another process left running (`Lifetime.detached`).
    package init(attachingTo identity: Identity, stopSignal: String = "TERM") {
        self.identity = identity
        self.stopSignal = stopSignal
        connection = Mutex(nil)
    }

    /// Whether the server has not ended.
    package var isRunning: Bool { identity.isRunning }

    /// Ends the server and waits for its end; its folder stays. Does nothing when it has ended already.
    package func stop() {
        if !stopGuard(keeping: true) { identity.stop(signal: stopSignal) }
    }

    /// Ends the server, which failed to start, but keeps its folder for another attempt.
    func abandon() {
        identity.stop(signal: "KILL")
        let taken = connection.withLock { connection in
            defer { connection = nil }
            return connection
        }
        guard let taken else { return }
        kill(taken.guardian, SIGKILL)
        close(taken.socket)
        _ = Spawn.wait(for: taken.guardian)
    }

    /// Lets the guard do its work; false when there is none (any more). `keeping` leaves the folder to whoever stopped us.
    @discardableResult
    private func stopGuard(keeping: Bool = false) -> Bool {
        let taken = connection.withLock { connection in
            defer { connection = nil }
            return connection
        }
        guard let taken else { return false }
        if keeping { _ = send(taken.socket, "keep", 4, Int32(MSG_NOSIGNAL)) }
        close(taken.socket)
        _ = Spawn.wait(for: taken.guardian)
        return true
    }

    /// Two connected sockets that no other child inherits.
    private static func makePair() throws -> (ours: Int32, theirs: Int32) {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw LabError(.system, "cannot make a pair of sockets: \(String(cString: strerror(errno)))")
        }
        return (pair[0], pair[1])
    }

    /// Reads the line with the server's process id, which the guard says first.
    private static func readIdentity(_ descriptor: Int32, command: [String]) throws -> Identity {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { text.append(byte) }
        return try makeIdentity(text, command: command)
    }

    private static func makeIdentity(_ text: [UInt8], command: [String]) throws -> Identity {
        let pid = Int32(String(decoding: text, as: UTF8.self).filter(\.isNumber))
        guard let identity = pid.flatMap(Identity.init(pid:)) else {
            throw LabError(.serverFailed, "a server ended at once: \(command.joined(separator: " "))", remedy: "see its log")
        }
        return identity
    }

    /// Arguments: log file, stop signal, folder to remove or empty, then the server's command. The traps let it survive a Ctrl-C at
    /// the terminal just long enough to clean up.
    private static let guardScript = """
        log=$1 signal=$2 remove=$3
        shift 3
        trap : INT HUP TERM
        "$@" </dev/null >>"$log" 2>&1 &
        server=$!
        echo "$server"
        exec 2>/dev/null >&2
        word=$(cat)
        kill -s "$signal" "$server"
        wait "$server"
        if [ -n "$remove" ] && [ "$word" != keep ]; then rm -rf -- "$remove"; fi
        """

    /// Arguments: log file, then the server's command. A session of its own keeps the terminal's signals away.
    private static let detachScript = """
        log=$1
        shift
        setsid "$@" </dev/null >>"$log" 2>&1 &
        echo $!
        """
}
