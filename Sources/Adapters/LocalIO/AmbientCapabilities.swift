internal import CLinux
internal import Glibc
internal import SystemPackage

/// The capabilities that every program started by this process would be given.
package enum AmbientCapabilities {
    /// Empties the ambient set of the calling thread: what it starts from then on inherits no capability.
    ///
    /// The sets belong to threads, and a new thread copies those of the one that makes it. So this is called first in `main`, before there
    /// is a second thread. What this process itself may do stays as it is. Throws code `failed` on a kernel without ambient capabilities.
    package static func drop() throws(LocalIOError) {
        guard opsd_clear_ambient_capabilities() == 0 else {
            throw LocalIOError("drop ambient capabilities of", "/proc/thread-self", Errno(rawValue: errno))
        }
    }
}
