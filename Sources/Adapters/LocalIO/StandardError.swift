internal import Glibc

/// What standard error of this process is connected to.
package enum StandardError {
    /// Whether what is written there goes straight to journald, which reads priorities such as `<3>` at the beginning of a line.
    ///
    /// `journalStream` is the text of `JOURNAL_STREAM`, `device:inode` in decimal. It alone proves nothing: a process inherits the variable
    /// also where its standard error was sent elsewhere.
    package static func isJournal(_ journalStream: String?) -> Bool { isStream(journalStream, descriptor: STDERR_FILENO) }

    static func isStream(_ journalStream: String?, descriptor: Int32) -> Bool {
        guard let parts = journalStream?.split(separator: ":", omittingEmptySubsequences: false), parts.count == 2,
            let device = UInt64(parts[0]), let inode = UInt64(parts[1])
        else { return false }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { return false }
        return UInt64(info.st_dev) == device && UInt64(info.st_ino) == inode
    }
}
