import Glibc
import LocalIO
package import SystemPackage

/// A daemon that lives and does not answer.
package struct SilentDaemon: Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, as a sentence without a full stop.
    package let problem: String
    /// The next thing to do.
    package let remedy = "systemctl restart opsd"

    /// A daemon that calls itself `holder` and should answer at `socket`.
    package init(holder: String, socket: FilePath) { problem = "\(holder), runs and does not answer at \(socket)" }

    /// Finds the daemon that holds the lock at `path`; nil where none does, and where that may not be looked at.
    ///
    /// The lock is only tried where its last holder called itself a daemon and its process lives: a daemon that starts at this moment must not
    /// find the lock held.
    package static func holding(_ path: FilePath, socket: FilePath) -> SilentDaemon? {
        guard let holder = ProcessLock.holder(of: path), let match = holder.wholeMatch(of: /opsd serve, process ([0-9]{1,9})/),
            let process = pid_t(match.1), kill(process, 0) == 0 || errno == EPERM
        else { return nil }
        do throws(LocalIOError) {
            // With the words that stand there.
            let lock = try ProcessLock(path, holder: holder)
            withExtendedLifetime(lock) {}
            return nil
        } catch {
            return error.code == .busy ? SilentDaemon(holder: holder, socket: socket) : nil
        }
    }

    /// Problem and remedy in one line.
    package var description: String { "\(problem). Hint: \(remedy)" }
}
