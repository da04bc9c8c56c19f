import Foundation

/// Whom a program runs as when we are root: PostgreSQL refuses root, and Harbor's processes have an id of their own.
package struct UnprivilegedUser: Sendable {
    /// The numeric user id.
    package let user: UInt32
    /// The numeric group id.
    package let group: UInt32

    /// A user that may have no entry in the password file.
    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    /// The one to run a database server as: `postgres` (else `nobody`) when we are root, otherwise nil, which is ourselves.
    package static var ifRoot: UnprivilegedUser? {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "nobody"] {
            if let entry = getpwnam(name)?.pointee { return UnprivilegedUser(user: entry.pw_uid, group: entry.pw_gid) }
        }
        return UnprivilegedUser(user: 65534, group: 65534)
    }

    /// The one that Harbor's own containers use, when we are root; otherwise nil.
    package static var harborIfRoot: UnprivilegedUser? { geteuid() == 0 ? UnprivilegedUser(user: 10000, group: 10000) : nil }

    /// Gives a file or folder to this user. Throws `LabError`.
    package func own(_ path: String) throws {
        guard chown(path, user, group) == 0 else {
            throw LabError(.system, "cannot give \(path) to user \(user): \(String(cString: strerror(errno)))")
        }
    }

    /// What to put before a command so that it runs as this user. `dyingWithParent` renews the wish to be killed at the parent's end,
    /// which the kernel forgets when the user changes.
    func prefix(dyingWithParent: Bool = false) throws -> [String] {
        [try Program.located("setpriv"), "--reuid=\(user)", "--regid=\(group)", "--clear-groups"]
            + (dyingWithParent ? ["--pdeathsig=KILL"] : []) + ["--"]
    }
}
