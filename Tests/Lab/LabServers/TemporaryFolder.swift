import Foundation

/// A folder under `/tmp` that lives as long as this value. Everybody may enter it, so that an unprivileged server can work below it.
package final class TemporaryFolder: Sendable {
    /// The absolute path.
    package let path: String

    /// Makes a new, empty folder whose name begins with `prefix`. Throws `LabError`.
    ///
    /// `inMemory` is for tests that sync thousands of files and do not care about the disk: where the host has room in `/dev/shm`, it is there.
    package init(_ prefix: String = "opsd-test", inMemory: Bool = false) throws {
        let parent = inMemory && Self.hasSharedMemory ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LabError(.system, "cannot make a folder under \(parent): \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
    }

    /// A container often gives it 64 MiB, which is not enough.
    private static let hasSharedMemory: Bool = {
        var info = statvfs()
        guard access("/dev/shm", W_OK) == 0, statvfs("/dev/shm", &info) == 0 else { return false }
        return UInt64(info.f_bavail) * UInt64(info.f_frsize) >= 2 << 30
    }()

    /// The path of `name` in this folder; nothing is made.
    package func file(_ name: String) -> String { path + "/" + name }

    deinit {
        // What cannot be removed stays under /tmp; a test has no way to use that knowledge.
        try? FileManager.default.removeItem(atPath: path)
    }
}
