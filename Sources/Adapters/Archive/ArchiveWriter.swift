internal import CLibarchive

/// How the bytes of an archive are compressed.
package enum ArchiveCompression: Sendable, Equatable {
    case none
    /// `level` as zstd counts it, 1 to 19 for daily use; `threads` compress beside the caller's, 0 means none.
    case zstd(level: Int, threads: Int)
}

/// Writes a pax tar into memory that the caller drains between calls, so that any sink will do.
///
/// Plain members get one ustar header; what that cannot hold (long or non-ASCII names, fractions of a second, ACLs, attributes, holes)
/// goes into a pax header before it. Dropped without ``finish()``, it only frees its memory.
package final class ArchiveWriter {
    private let handle: WriteHandle
    private let output: Output
    private let multiple: Int
    /// Bytes that the current member still needs; nil between members.
    private var missing: Int64?
    private var isFinished = false

    /// Makes an empty archive.
    ///
    /// With `paddedTo`, ``finish()`` adds zero bytes until the length is a multiple of it; tar readers take them for more of its end.
    /// Only an uncompressed archive can be padded.
    package init(compression: ArchiveCompression, paddedTo multiple: Int = 0) throws(ArchiveError) {
        precondition(multiple == 0 || (multiple > 0 && compression == .none), "padding is for uncompressed archives")
        self.multiple = multiple
        output = Output()
        handle = try WriteHandle()
        try handle.open(compression, into: output)
    }

    /// Bytes of output so far, taken or not. Without compression this is, right after ``begin(_:)``, where the member's data starts.
    package var offset: Int64 { output.total }

    /// Starts a member; the previous one must have ended.
    package func begin(_ entry: ArchiveEntry) throws(ArchiveError) {
        try begin(try EntryHandle(entry))
    }

    /// Starts a member that carries more than an ``ArchiveEntry`` says: ACL, attributes, holes.
    func begin(_ entry: EntryHandle) throws(ArchiveError) {
        precondition(missing == nil && !isFinished, "begin inside a member or after finish")
        let isFile = archive_entry_hardlink(entry.pointer) == nil && entry.size > 0
        let size = isFile ? entry.size : 0
        try ThreadLocale.utf8.during { () throws(ArchiveError) in
            let answer = archive_write_header(handle.pointer, entry.pointer)
            let name = archive_entry_pathname(entry.pointer).map { String(cString: $0) } ?? ""
            // A name that is not UTF-8 is written as it is and marked binary, which is what we want of it.
            try check(answer, handle.pointer, "begin member \(name)") { text in
                ["pathname", "linkname", "hardlink", "uname", "gname"].contains { text.hasPrefix("Can't translate \($0) ") }
            }
        }
        missing = size
    }

    /// Appends to the current member. Throws code `wrongSize` for more bytes than its entry announced.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        guard let missing else { preconditionFailure("write outside of a member") }
        guard Int64(bytes.count) <= missing else {
            throw ArchiveError(.wrongSize, "a member got \(Int64(bytes.count) - missing) bytes more than its header announced")
        }
        guard !bytes.isEmpty else { return }
        let taken = archive_write_data(handle.pointer, bytes.baseAddress, bytes.count)
        guard taken >= 0 else { throw ArchiveError(.failed, "write to an archive", from: handle.pointer) }
        guard taken == bytes.count else { throw ArchiveError(.wrongSize, "the archive took \(taken) of \(bytes.count) bytes") }
        self.missing = missing - Int64(taken)
    }

    /// Appends to the current member. Throws code `wrongSize` for more bytes than its entry announced.
    package func write(_ bytes: [UInt8]) throws(ArchiveError) {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(ArchiveError) in try write(bytes) } }
        try result.get()
    }

    /// Ends the current member. Throws code `wrongSize` if it got fewer bytes than its entry announced.
    package func endEntry() throws(ArchiveError) {
        guard let missing else { preconditionFailure("endEntry outside of a member") }
        guard missing == 0 else { throw ArchiveError(.wrongSize, "a member got \(missing) bytes less than its header announced") }
        self.missing = nil
        try check(archive_write_finish_entry(handle.pointer), handle.pointer, "end a member")
    }

    /// Writes a whole member; `entry` must announce as many bytes as `contents` has.
    package func add(_ entry: ArchiveEntry, contents: [UInt8] = []) throws(ArchiveError) {
        try begin(entry)
        try write(contents)
        try endEntry()
    }

    /// Returns what was produced since the last call.
    package func takeOutput() -> [UInt8] {
        defer { output.bytes = [] }
        return output.bytes
    }

    /// Writes the end of the archive; ``takeOutput()`` then has the last bytes.
    package func finish() throws(ArchiveError) {
        precondition(missing == nil && !isFinished, "finish inside a member or twice")
        isFinished = true
        try check(archive_write_close(handle.pointer), handle.pointer, "finish an archive")
        guard multiple > 0 else { return }
        let excess = Int(output.total % Int64(multiple))
        if excess > 0 { output.append(repeating: 0, count: multiple - excess) }
    }
}

/// Where the library's callback puts what it produces.
private final class Output {
    var bytes: [UInt8] = []
    private(set) var total: Int64 = 0

    func append(_ more: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: more)
        total += Int64(more.count)
    }

    func append(repeating byte: UInt8, count: Int) {
        bytes.append(contentsOf: repeatElement(byte, count: count))
        total += Int64(count)
    }
}

/// Owns the library's writer and what its callback writes to.
private final class WriteHandle {
    let pointer: OpaquePointer
    private var output: Output?

    init() throws(ArchiveError) {
        guard let pointer = archive_write_new() else { throw ArchiveError(.failed, "cannot allocate an archive writer") }
        self.pointer = pointer
    }

    deinit {
        // Without this, freeing would still write the end of an archive that was abandoned.
        archive_write_fail(pointer)
        archive_write_free(pointer)
    }

    func open(_ compression: ArchiveCompression, into output: Output) throws(ArchiveError) {
        self.output = output
        try ThreadLocale.utf8.during { () throws(ArchiveError) in
            try check(archive_write_set_format_pax(pointer), pointer, "choose the pax format")
            // Attributes under the one name that GNU tar and star know too, instead of twice.
            try check(archive_write_set_format_option(pointer, "pax", "xattrheader", "SCHILY"), pointer, "choose the attribute format")
            try check(archive_write_set_bytes_per_block(pointer, 0), pointer, "choose the block size")
            switch compression {
            case .none:
                try check(archive_write_add_filter_none(pointer), pointer, "choose no compression")
            case .zstd(let level, let threads):
                try check(archive_write_add_filter_zstd(pointer), pointer, "choose zstd compression")
                try check(
                    archive_write_set_filter_option(pointer, "zstd", "compression-level", String(level)), pointer,
                    "choose zstd level \(level)")
                try check(
                    archive_write_set_filter_option(pointer, "zstd", "threads", String(threads)), pointer,
                    "choose \(threads) zstd threads")
            }
            // The callback's context is unretained: this object keeps it as long as the library can call.
            let context = Unmanaged.passUnretained(output).toOpaque()
            let answer = archive_write_open2(
                pointer, context, nil,
                { _, context, buffer, count in
                    guard let context, let buffer else { return -1 }
                    Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
                        .append(UnsafeRawBufferPointer(start: buffer, count: count))
                    return count
                }, nil, nil)
            try check(answer, pointer, "open an archive writer")
        }
    }
}
