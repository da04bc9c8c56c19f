internal import CLibarchive
internal import Glibc
internal import LocalIO
internal import SystemPackage

/// Makes members out of what the filesystem says of files: mode, owner, time, ACL, extended attributes.
final class MemberMetadata {
    private let accounts = AccountNames()

    /// A symbolic link. Its ACL does not exist, its attributes are left out.
    func link(_ path: FilePath, _ status: stat, _ target: FilePath) throws -> EntryHandle {
        let entry = try basic(path, status)
        target.withPlatformString { archive_entry_copy_symlink(entry.pointer, $0) }
        return entry
    }

    /// A further name of the file whose member is `first`.
    func hardLink(_ path: FilePath, _ status: stat, to first: FilePath) throws -> EntryHandle {
        let entry = try basic(path, status)
        first.removingRoot().withPlatformString { archive_entry_copy_hardlink(entry.pointer, $0) }
        return entry
    }

    /// A file or folder that is open, and what of it could not be read.
    func opened(_ file: OpenFile, _ status: stat) throws -> (EntryHandle, [FileSetProblem.Kind]) {
        let entry = try basic(file.path, status)
        if status.st_mode & Glibc.S_IFMT == Glibc.S_IFREG { archive_entry_set_size(entry.pointer, la_int64_t(status.st_size)) }
        var problems: [FileSetProblem.Kind] = []
        for purpose in AccessControlList.Purpose.allCases {
            let bytes: [UInt8]?
            do {
                bytes = try ExtendedAttributes.value(purpose.attribute, file.descriptor)
            } catch {
                problems.append(.unreadable(reason: "\(purpose.attribute): \(error)"))
                continue
            }
            guard let bytes else { continue }
            if let list = AccessControlList(attribute: bytes) {
                try list.add(to: entry, as: purpose) { accounts.name(of: $0, isGroup: $1) }
            } else {
                problems.append(.unsupported(what: "an access control list of unknown form"))
            }
        }
        do throws(Errno) {
            for name in try ExtendedAttributes.names(file.descriptor) where ExtendedAttributes.isKept(name) {
                guard let value = try ExtendedAttributes.value(name, file.descriptor) else { continue }
                archive_entry_xattr_add_entry(entry.pointer, name, value, value.count)
            }
        } catch {
            problems.append(.unreadable(reason: "extended attributes: \(error)"))
        }
        return (entry, problems)
    }

    private func basic(_ path: FilePath, _ status: stat) throws(ArchiveError) -> EntryHandle {
        let entry = try EntryHandle()
        path.removingRoot().withPlatformString { archive_entry_copy_pathname(entry.pointer, $0) }
        archive_entry_set_mode(entry.pointer, status.st_mode)
        archive_entry_set_uid(entry.pointer, la_int64_t(status.st_uid))
        archive_entry_set_gid(entry.pointer, la_int64_t(status.st_gid))
        if let name = accounts.name(of: status.st_uid, isGroup: false) { archive_entry_copy_uname(entry.pointer, name) }
        if let name = accounts.name(of: status.st_gid, isGroup: true) { archive_entry_copy_gname(entry.pointer, name) }
        entry.setModified(ArchiveEntry.Time(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: status.st_mtim.tv_nsec))
        archive_entry_set_size(entry.pointer, 0)
        return entry
    }
}
