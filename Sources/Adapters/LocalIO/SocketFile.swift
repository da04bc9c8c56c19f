internal import Glibc
package import SystemPackage

/// The file of a listening unix socket.
package enum SocketFile {
    /// Gives the socket file at `hidden` mode 0660 and then the name `path`, replacing what a dead process left there.
    package static func publish(_ hidden: FilePath, as path: FilePath) throws(LocalIOError) {
        guard chmod(hidden.string, 0o660) == 0 else { throw LocalIOError("set mode of", hidden, Errno(rawValue: errno)) }
        guard rename(hidden.string, path.string) == 0 else { throw LocalIOError("publish", path, Errno(rawValue: errno)) }
    }
}
