internal import CLibarchive
internal import Glibc
internal import LocalIO
internal import SystemPackage

/// An open file or folder, and what is reached through it: each step names one component and follows no link, so that nobody
/// who renames folders meanwhile can lead us elsewhere.
final class OpenFile {
    let descriptor: Int32
    /// For messages.
    let path: FilePath

    /// Opens a path, following links in its folders but not as its last component.
    init(_ path: FilePath, _ flags: Int32) throws(LocalIOError) {
        descriptor = path.withPlatformString { open($0, flags | O_NOFOLLOW | O_CLOEXEC) }
        self.path = path
        guard descriptor >= 0 else { throw LocalIOError("open", path, Errno(rawValue: errno)) }
    }

    /// Opens `name` in `folder`, following no link; `path` is what messages call it, where that is not plain.
    init(
        _ name: FilePath.Component, in folder: OpenFile, _ flags: Int32, mode: mode_t = 0, path: FilePath? = nil
    ) throws(LocalIOError) {
        let path = path ?? folder.path.appending(name)
        descriptor = name.withPlatformString { openat(folder.descriptor, $0, flags | O_NOFOLLOW | O_CLOEXEC, mode) }
        self.path = path
        guard descriptor >= 0 else { throw LocalIOError("open", path, Errno(rawValue: errno)) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What the open file is now.
    func status() throws(LocalIOError) -> stat {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw failure("examine") }
        return info
    }

    /// What `name` in this folder is, links not followed.
    func status(of name: FilePath.Component) throws(LocalIOError) -> stat {
        var info = stat()
        guard name.withPlatformString({ fstatat(descriptor, $0, &info, AT_SYMLINK_NOFOLLOW) }) == 0 else { throw failure("examine", name) }
        return info
    }

    /// The text of the symbolic link `name` in this folder.
    func target(of name: FilePath.Component) throws(LocalIOError) -> FilePath {
        // Linux has no link longer than a page; the last byte stays zero and ends the text.
        var text = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = name.withPlatformString { readlinkat(descriptor, $0, &text, Int(PATH_MAX)) }
        guard count >= 0 else { throw failure("read link", name) }
        return FilePath(platformString: text)
    }

    /// The names in this folder, in the order of their bytes.
    func names() throws(LocalIOError) -> [FilePath.Component] {
        // A descriptor of its own: the stream closes it, and shares no position with ours.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw failure("list") }
        guard let stream = fdopendir(copy) else {
            let failure = failure("list")
            close(copy)
            throw failure
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw failure("list") }
                break
            }
            names.append(withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) })
        }
        names.sort { $0.lexicographicallyPrecedes($1) }
        return names.compactMap { name in
            let component = FilePath.Component(platformString: name.map { CChar(bitPattern: $0) } + [0])
            return component?.kind == .regular ? component : nil
        }
    }

    /// What the system answered to the last call, about this file or `name` in it.
    func failure(_ operation: String, _ name: FilePath.Component? = nil) -> LocalIOError {
        let errno = Errno(rawValue: Glibc.errno)
        return LocalIOError(operation, name.map { path.appending($0) } ?? path, errno)
    }
}
