internal import Glibc
internal import LocalIO
package import SystemPackage

/// Who may use the control socket: the user and the group of its folder.
package struct SocketAudience: Sendable, Equatable {
    /// A name; a number where it has none.
    package let user: String
    /// Its members may use the socket. A name; a number where it has none.
    package let group: String

    /// Looks at the folder of `socket`. Where that cannot be examined, user and group are those of the unit: opsd.
    package init(of socket: FilePath) {
        // What cannot be examined is answered with what is usual.
        guard let status = try? FileStatus(socket.removingLastComponent()) else {
            (user, group) = ("opsd", "opsd")
            return
        }
        user = UserAccount.name(of: status.owner) ?? "#\(status.owner)"
        group = Self.groupName(status.group) ?? "#\(status.group)"
    }

    private static func groupName(_ id: UInt32) -> String? {
        // Groups with thousands of members have long entries.
        var buffer = [CChar](repeating: 0, count: 1 << 18)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            var entry = Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            guard let base = buffer.baseAddress, getgrgid_r(id, &entry, base, buffer.count, &found) == 0, found != nil else { return nil }
            return entry.gr_name.map { String(cString: $0) }
        }
    }
}
