internal import CLibarchive
internal import Glibc
internal import SystemPackage

/// The library's own form of a member, freed with its owner.
final class EntryHandle {
    let pointer: OpaquePointer

    init() throws(ArchiveError) {
        guard let pointer = archive_entry_new() else { throw ArchiveError(.failed, "cannot allocate an archive entry") }
        self.pointer = pointer
    }

    deinit { archive_entry_free(pointer) }

    /// Fills a new handle with `entry`; the library copies every text.
    convenience init(_ entry: ArchiveEntry) throws(ArchiveError) {
        try self.init()
        try Self.requireName(entry.path)
        archive_entry_copy_pathname(pointer, entry.path)
        archive_entry_set_perm(pointer, entry.permissions.rawValue)
        archive_entry_set_uid(pointer, la_int64_t(entry.owner))
        archive_entry_set_gid(pointer, la_int64_t(entry.group))
        if let name = entry.ownerName { archive_entry_copy_uname(pointer, name) }
        if let name = entry.groupName { archive_entry_copy_gname(pointer, name) }
        setModified(entry.modified)
        archive_entry_set_size(pointer, 0)
        switch entry.kind {
        case .file(let size):
            guard size >= 0, !entry.path.hasSuffix("/") else {
                throw ArchiveError(.failed, "cannot archive \(entry.path): a file has no negative size and no name ending in a slash")
            }
            archive_entry_set_filetype(pointer, Glibc.S_IFREG)
            archive_entry_set_size(pointer, size)
        case .folder:
            archive_entry_set_filetype(pointer, Glibc.S_IFDIR)
        case .symbolicLink(let target):
            try Self.requireName(target)
            archive_entry_set_filetype(pointer, Glibc.S_IFLNK)
            archive_entry_copy_symlink(pointer, target)
        case .hardLink(let target):
            try Self.requireName(target)
            archive_entry_set_filetype(pointer, Glibc.S_IFREG)
            archive_entry_copy_hardlink(pointer, target)
        }
    }

    private static func requireName(_ name: String) throws(ArchiveError) {
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw ArchiveError(.failed, "cannot archive '\(name)': a name must not be empty and must not hold a NUL byte")
        }
    }

    /// Bytes of content that the library announces for this member.
    var size: Int64 { archive_entry_size(pointer) }

    var permissions: FilePermissions { FilePermissions(rawValue: archive_entry_perm(pointer)) }
    var owner: UInt32 { UInt32(truncatingIfNeeded: archive_entry_uid(pointer)) }
    var group: UInt32 { UInt32(truncatingIfNeeded: archive_entry_gid(pointer)) }

    /// Before 1970 the library takes seconds and fraction for two parts of one sign, as a pax record's text has them: half a second
    /// before second -1 is `-1.5` to it, where a filesystem says second -2 and half a second more.
    var modified: ArchiveEntry.Time {
        let time = ArchiveEntry.Time(seconds: Int64(archive_entry_mtime(pointer)), nanoseconds: archive_entry_mtime_nsec(pointer))
        guard time.seconds < 0, time.nanoseconds > 0 else { return time }
        return ArchiveEntry.Time(seconds: time.seconds - 1, nanoseconds: 1_000_000_000 - time.nanoseconds)
    }

    func setModified(_ time: ArchiveEntry.Time) {
        var (seconds, nanoseconds) = (time.seconds, time.nanoseconds)
        // The library cannot write a minus sign before a zero: in the last second before 1970 the fraction is dropped.
        if seconds < 0, nanoseconds > 0 { (seconds, nanoseconds) = seconds == -1 ? (-1, 0) : (seconds + 1, 1_000_000_000 - nanoseconds) }
        archive_entry_set_mtime(pointer, time_t(seconds), nanoseconds)
    }

    /// What kind of member it is, with its link target as bytes.
    enum Kind {
        case file
        case folder
        case symbolicLink(target: FilePath)
        case hardLink(target: FilePath)
    }

    /// The member's name, safe to resolve beneath a root, and its kind. Throws code `unsafe` for all that must not be restored.
    func examine() throws(ArchiveError) -> (path: FilePath, kind: Kind) {
        guard let name = archive_entry_pathname(pointer) else { throw ArchiveError(.corrupt, "a member has no name") }
        let path = try Self.safePath(name)
        if let target = archive_entry_hardlink(pointer) {
            return (path, .hardLink(target: try Self.safePath(target)))
        }
        switch archive_entry_filetype(pointer) {
        case Glibc.S_IFREG: return (path, .file)
        case Glibc.S_IFDIR: return (path, .folder)
        case Glibc.S_IFLNK:
            guard let target = archive_entry_symlink(pointer), target.pointee != 0 else {
                throw ArchiveError(.corrupt, "symbolic link \(path) has no target")
            }
            return (path, .symbolicLink(target: FilePath(platformString: target)))
        default:
            throw ArchiveError(.unsafe, "member \(path) is a device, pipe or socket, which is never restored")
        }
    }

    /// `name` without `.` components and doubled slashes; absolute names and those with `..` are refused.
    private static func safePath(_ name: UnsafePointer<CChar>) throws(ArchiveError) -> FilePath {
        let path = FilePath(platformString: name)
        guard !path.isEmpty else { throw ArchiveError(.corrupt, "a member has an empty name") }
        guard path.isRelative else { throw ArchiveError(.unsafe, "member name \(path) is absolute") }
        var clean = FilePath()
        for component in path.components {
            switch component.kind {
            case .currentDirectory: continue
            case .parentDirectory: throw ArchiveError(.unsafe, "member name \(path) leads out of its folder")
            case .regular: clean.append(component)
            }
        }
        return clean
    }
}
