internal import CLibarchive
internal import Glibc
internal import SystemPackage

/// Named values beside a file's content, read and written through its descriptor.
enum ExtendedAttributes {
    /// What a backup keeps: users' own, the administrator's, and the capabilities of programs. Others (`security.selinux`, `system.*`) are the
    /// host's own business, and access control lists have their own way.
    static func isKept(_ name: String) -> Bool {
        name.hasPrefix("user.") || name.hasPrefix("trusted.") || name == "security.capability"
    }

    /// Names on `descriptor`; none where the filesystem has no attributes.
    static func names(_ descriptor: Int32) throws(Errno) -> [String] {
        let list: [UInt8]
        do {
            list = try bytes { flistxattr(descriptor, $0, $1) }
        } catch Errno.notSupported {
            return []
        }
        return list.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    /// The value of `name`, nil where there is none.
    static func value(_ name: String, _ descriptor: Int32) throws(Errno) -> [UInt8]? {
        do {
            return try bytes { fgetxattr(descriptor, name, $0, $1) }
        } catch Errno.noData {
            return nil
        } catch Errno.notSupported {
            return nil
        }
    }

    /// Sets `name`, replacing its value.
    static func set(_ name: String, _ value: [UInt8], _ descriptor: Int32) throws(Errno) {
        guard fsetxattr(descriptor, name, value, value.count, 0) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Removes `name` where it is.
    static func remove(_ name: String, _ descriptor: Int32) throws(Errno) {
        guard fremovexattr(descriptor, name) != 0 else { return }
        let failure = Errno(rawValue: errno)
        guard failure == .noData || failure == .notSupported else { throw failure }
    }

    /// Asks for the size, then for the bytes; once more if they grew between.
    private static func bytes(_ call: (UnsafeMutableRawPointer?, Int) -> Int) throws(Errno) -> [UInt8] {
        while true {
            let size = call(nil, 0)
            guard size >= 0 else { throw Errno(rawValue: errno) }
            if size == 0 { return [] }
            var buffer = [UInt8](repeating: 0, count: size)
            let count = call(&buffer, size)
            if count >= 0 { return Array(buffer.prefix(count)) }
            guard errno == ERANGE else { throw Errno(rawValue: errno) }
        }
    }

    /// The attributes that a member carries, in the archive's order; names are decoded, since tar programs write `%` and `=` in them as `%25`, `%3D`.
    static func carried(by member: EntryHandle) -> [(name: String, value: [UInt8])] {
        var all: [(name: String, value: [UInt8])] = []
        var left = archive_entry_xattr_reset(member.pointer)
        while left > 0 {
            left -= 1
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            guard archive_entry_xattr_next(member.pointer, &name, &value, &size) == ARCHIVE_OK, let name else { continue }
            all.append((decoded(String(cString: name)), Array(UnsafeRawBufferPointer(start: value, count: size))))
        }
        return all
    }

    private static func decoded(_ name: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let first = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if first == UInt8(ascii: "%"), digits.utf8.count == 2, let byte = UInt8(digits, radix: 16) {
                bytes.append(byte)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(first)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
