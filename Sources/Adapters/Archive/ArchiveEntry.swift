package import SystemPackage

/// One member of an archive: everything but its bytes.
package struct ArchiveEntry: Sendable, Equatable {
    /// What a member is.
    package enum Kind: Sendable, Equatable {
        /// A file of `size` bytes, holes counted.
        case file(size: Int64)
        case folder
        /// A link to any text; it is never followed here.
        case symbolicLink(target: String)
        /// A second name of the member `target`.
        case hardLink(target: String)
    }

    /// A point in time as a filesystem keeps it.
    package struct Time: Sendable, Equatable {
        /// Seconds since 1970 in UTC; may be negative.
        package var seconds: Int64
        /// 0 to 999,999,999.
        package var nanoseconds: Int

        /// Makes a time; the default is the start of 1970.
        package init(seconds: Int64 = 0, nanoseconds: Int = 0) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }
    }

    /// Relative, `/` between components, no trailing slash.
    package var path: String
    /// File, folder or link, with what only that kind has.
    package var kind: Kind
    /// Mode bits, set-user-id and sticky bits included.
    package var permissions: FilePermissions
    /// Numeric user id; 0 is root.
    package var owner: UInt32
    /// Numeric group id; 0 is root's.
    package var group: UInt32
    /// The owner's name on the host that wrote the archive, if it had one.
    package var ownerName: String?
    /// The group's name on the host that wrote the archive, if it had one.
    package var groupName: String?
    /// Time of the last change of content.
    package var modified: Time

    /// Makes an entry; by default readable by all, owned by root, from 1970, so that equal contents give equal archives.
    package init(
        path: String, kind: Kind, permissions: FilePermissions? = nil, owner: UInt32 = 0, group: UInt32 = 0,
        ownerName: String? = nil, groupName: String? = nil, modified: Time = Time()
    ) {
        self.path = path
        self.kind = kind
        self.permissions = permissions ?? Self.usualPermissions(of: kind)
        self.owner = owner
        self.group = group
        self.ownerName = ownerName
        self.groupName = groupName
        self.modified = modified
    }

    private static func usualPermissions(of kind: Kind) -> FilePermissions {
        switch kind {
        case .file, .hardLink: FilePermissions(rawValue: 0o644)
        case .folder: FilePermissions(rawValue: 0o755)
        case .symbolicLink: FilePermissions(rawValue: 0o777)
        }
    }
}
