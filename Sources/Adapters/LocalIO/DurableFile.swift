internal import CLinux
internal import Glibc
package import SystemPackage

/// A file that appears under its name whole and durable, or not at all.
///
/// Order: a temporary name in the same folder, data, `fsync`, rename, `fsync` of the folder. A crash before the rename leaves a
/// temporary file (`.<name>.<random>.tmp`), never a torn one under the final name. Dropped without ``commit(replacing:syncing:)`` it is removed.
package struct DurableFile: ~Copyable, Sendable {
    private let descriptor: Int32
    private let temporary: FilePath
    private let final: FilePath
    /// Bytes written so far.
    package private(set) var size: Int64 = 0
    private var isCommitted = false

    /// Opens a temporary file beside `path` with exactly `permissions`, whatever the umask.
    package init(_ path: FilePath, permissions: FilePermissions = [.ownerReadWrite]) throws(LocalIOError) {
        final = path
        let name = ".\(path.lastComponent?.string ?? "file").\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp"
        temporary = path.removingLastComponent().appending(name)
        descriptor = open(temporary.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw LocalIOError("create", temporary, Errno(rawValue: errno)) }
        guard fchmod(descriptor, permissions.rawValue) == 0 else {
            let failure = Errno(rawValue: errno)
            unlink(temporary.string)
            close(descriptor)
            throw LocalIOError("set mode of", temporary, failure)
        }
    }

    deinit {
        if !isCommitted { unlink(temporary.string) }
        close(descriptor)
    }

    /// Appends `bytes`.
    package mutating func write(_ bytes: [UInt8]) throws(LocalIOError) {
        if let failure = bytes.withUnsafeBytes({ Self.append($0, to: descriptor) }) { throw LocalIOError("write", final, failure) }
        size += Int64(bytes.count)
    }

    private static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Errno? {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                return Errno(rawValue: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return nil
    }

    /// Gives the file to another owner; needs the right to do so.
    package func setOwner(_ owner: UInt32, group: UInt32) throws(LocalIOError) {
        guard fchown(descriptor, owner, group) == 0 else { throw LocalIOError("set owner of", final, Errno(rawValue: errno)) }
    }

    /// Publishes the file under its name.
    ///
    /// Throws code `exists` where the name is taken and `replacing` is false. With `syncing` false neither data nor folder is synced:
    /// the caller then syncs the filesystem before it reports success.
    package consuming func commit(replacing: Bool = false, syncing: Bool = true) throws(LocalIOError) {
        if syncing, fsync(descriptor) != 0 { throw LocalIOError("sync", final, Errno(rawValue: errno)) }
        let answer = replacing ? rename(temporary.string, final.string) : Self.renameWithoutReplacing(temporary, final)
        guard answer == 0 else { throw LocalIOError("publish", final, Errno(rawValue: errno)) }
        isCommitted = true
        if syncing { try Folder.sync(final.removingLastComponent()) }
    }

    private static func renameWithoutReplacing(_ temporary: FilePath, _ final: FilePath) -> Int32 {
        let answer = opsd_rename_noreplace(temporary.string, final.string)
        guard answer != 0, errno == EINVAL || errno == ENOSYS else { return answer }
        // Network filesystems do not know the flag. A second link fails where the name is taken, just the same.
        guard link(temporary.string, final.string) == 0 else { return -1 }
        return unlink(temporary.string)
    }

    /// Removes the file at `path`; an absent one is fine.
    package static func remove(_ path: FilePath) throws(LocalIOError) {
        guard unlink(path.string) != 0, errno != ENOENT else { return }
        throw LocalIOError("remove", path, Errno(rawValue: errno))
    }

    /// Writes a small file in one go.
    package static func write(
        _ bytes: [UInt8], to path: FilePath, permissions: FilePermissions = [.ownerReadWrite], replacing: Bool = false
    ) throws(LocalIOError) {
        var file = try DurableFile(path, permissions: permissions)
        try file.write(bytes)
        try file.commit(replacing: replacing)
    }
}
