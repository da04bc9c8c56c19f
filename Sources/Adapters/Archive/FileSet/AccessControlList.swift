internal import CLibarchive

/// A POSIX.1e access control list, in the form that Linux keeps in `system.posix_acl_*` attributes: a version, then tag,
/// permissions and id of each entry, little-endian.
struct AccessControlList: Equatable {
    struct Entry: Equatable {
        var tag: UInt16
        var permissions: UInt16
        var id: UInt32
    }

    /// Which of a file's two lists it is; only folders have a default one.
    enum Purpose: CaseIterable {
        case access, inherited

        var attribute: String {
            switch self {
            case .access: "system.posix_acl_access"
            case .inherited: "system.posix_acl_default"
            }
        }

        fileprivate var libraryType: Int32 {
            switch self {
            case .access: ARCHIVE_ENTRY_ACL_TYPE_ACCESS
            case .inherited: ARCHIVE_ENTRY_ACL_TYPE_DEFAULT
            }
        }
    }

    var entries: [Entry]

    /// The kernel's tags beside the library's.
    private static let tags: [(kernel: UInt16, library: Int32)] = [
        (0x01, ARCHIVE_ENTRY_ACL_USER_OBJ), (0x02, ARCHIVE_ENTRY_ACL_USER), (0x04, ARCHIVE_ENTRY_ACL_GROUP_OBJ),
        (0x08, ARCHIVE_ENTRY_ACL_GROUP), (0x10, ARCHIVE_ENTRY_ACL_MASK), (0x20, ARCHIVE_ENTRY_ACL_OTHER),
    ]
    private static let version: UInt32 = 2
    private static let noID = UInt32.max

    /// Reads the value of an attribute; nil for a form that this program does not know.
    init?(attribute bytes: [UInt8]) {
        func number(_ at: Int, _ width: Int) -> UInt32 {
            bytes[at..<at + width].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard bytes.count >= 4, (bytes.count - 4) % 8 == 0, number(0, 4) == Self.version else { return nil }
        entries = stride(from: 4, to: bytes.count, by: 8).map {
            Entry(tag: UInt16(number($0, 2)), permissions: UInt16(number($0 + 2, 2)), id: number($0 + 4, 4))
        }
        guard entries.allSatisfy({ entry in Self.tags.contains { $0.kernel == entry.tag } }) else { return nil }
    }

    /// The value of the attribute.
    var attribute: [UInt8] {
        func bytes(_ number: UInt32, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        return bytes(Self.version, 4)
            + entries.flatMap { bytes(UInt32($0.tag), 2) + bytes(UInt32($0.permissions), 2) + bytes($0.id, 4) }
    }

    /// Adds the list to a member; `name` finds the name of a user or group (`isGroup`) by its id.
    func add(to member: EntryHandle, as purpose: Purpose, name: (_ id: UInt32, _ isGroup: Bool) -> String?) throws(ArchiveError) {
        for entry in entries {
            guard let tag = Self.tags.first(where: { $0.kernel == entry.tag })?.library else { continue }
            let isNamed = entry.id != Self.noID
            // The id alone is enough for us; a name outside of ASCII would come back as a warning, and warnings are errors to our reader.
            let text =
                isNamed ? name(entry.id, tag == ARCHIVE_ENTRY_ACL_GROUP).flatMap { $0.utf8.allSatisfy { $0 < 0x80 } ? $0 : nil } : nil
            let answer = archive_entry_acl_add_entry(
                member.pointer, purpose.libraryType, Int32(entry.permissions), tag, isNamed ? Int32(bitPattern: entry.id) : -1, text)
            guard answer == ARCHIVE_OK else { throw ArchiveError(.failed, "the library refused an entry of an access control list") }
        }
    }

    /// The list that a member carries, nil if it has none beyond its mode.
    ///
    /// Throws code `corrupt` for one of another system's kind, `failed` where it names somebody whom this host does not know.
    init?(_ member: EntryHandle, _ purpose: Purpose) throws(ArchiveError) {
        let known = ARCHIVE_ENTRY_ACL_TYPE_ACCESS | ARCHIVE_ENTRY_ACL_TYPE_DEFAULT
        guard archive_entry_acl_types(member.pointer) & ~known == 0 else {
            throw ArchiveError(.corrupt, "a member has an access control list that is not POSIX.1e")
        }
        guard archive_entry_acl_reset(member.pointer, purpose.libraryType) > 0 else { return nil }
        entries = []
        while true {
            var type: Int32 = 0
            var permissions: Int32 = 0
            var tag: Int32 = 0
            var id: Int32 = 0
            var name: UnsafePointer<CChar>?
            let answer = archive_entry_acl_next(member.pointer, purpose.libraryType, &type, &permissions, &tag, &id, &name)
            if answer == ARCHIVE_EOF { break }
            guard answer == ARCHIVE_OK, let kernel = Self.tags.first(where: { $0.library == tag })?.kernel else {
                throw ArchiveError(.corrupt, "a member has an access control list that cannot be read")
            }
            let isNamed = kernel == 0x02 || kernel == 0x08
            let holder = isNamed ? try Self.holder(id, name.map { String(cString: $0) } ?? "", isGroup: kernel == 0x08) : Self.noID
            entries.append(Entry(tag: kernel, permissions: UInt16(permissions & 7), id: holder))
        }
        // The kernel wants them by tag, then by id; the library keeps the order in which it read them.
        entries.sort { ($0.tag, $0.id) < ($1.tag, $1.id) }
    }

    /// The recorded id where there is one (ours always has), else the one that the name has here.
    private static func holder(_ id: Int32, _ name: String, isGroup: Bool) throws(ArchiveError) -> UInt32 {
        if id != -1 { return UInt32(bitPattern: id) }
        if let number = UInt32(name) { return number }
        guard let found = AccountNames.id(of: name, isGroup: isGroup) else {
            throw ArchiveError(.failed, "this host has no \(isGroup ? "group" : "user") \(name), whom an access control list names")
        }
        return found
    }
}
