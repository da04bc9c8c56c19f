internal import CLibarchive
internal import Glibc

/// The bytes of a tar, out of a source that may be compressed with zstd.
///
/// Decompression is a stage of its own because the tar reader stops at the end marker: only so can we see whether there was one, whether
/// nothing but padding follows it, and whether the compressed stream is whole to its last byte.
final class DecompressedInput: ArchiveInput {
    private let handle: ReadHandle
    private let source: PulledChunks
    private var isOpen = false
    private var isAtEnd = false
    /// Bytes handed out so far.
    private(set) var position: Int64 = 0
    /// Where the last byte that was not zero ended; 0 before there was one.
    private(set) var endOfNonZero: Int64 = 0

    init(_ source: @escaping () throws -> [UInt8]?) throws(ArchiveError) {
        self.source = PulledChunks(source)
        handle = try ReadHandle()
        try check(archive_read_support_filter_none(handle.pointer), handle.pointer, "enable plain archives")
        try check(archive_read_support_filter_zstd(handle.pointer), handle.pointer, "enable zstd")
        try check(archive_read_support_format_raw(handle.pointer), handle.pointer, "enable raw data")
    }

    func next() throws -> UnsafeRawBufferPointer {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        if isAtEnd { return none }
        if !isOpen {
            try handle.open(source)
            var entry: OpaquePointer?
            try handle.checkRead(archive_read_next_header(handle.pointer, &entry), "open")
            isOpen = true
        }
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: la_int64_t = 0
            let answer = archive_read_data_block(handle.pointer, &start, &count, &offset)
            if answer == ARCHIVE_EOF {
                try handle.checkRead(ARCHIVE_OK, "read")
                isAtEnd = true
                return none
            }
            try handle.checkRead(answer, "read")
            if count == 0 { continue }
            let bytes = UnsafeRawBufferPointer(start: start, count: count)
            let end = Self.endOfNonZero(in: bytes)
            if end > 0 { endOfNonZero = position + Int64(end) }
            position += Int64(count)
            return bytes
        }
    }

    /// Cuts zeros off the end in ever smaller pieces, so that neither data nor long padding is looked at byte by byte.
    private static func endOfNonZero(in bytes: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        var end = bytes.count
        var step = end
        while end > 0, bytes[end - 1] == 0 {
            step = min(step, end)
            let tail = start + (end - step)
            if memcmp(tail, tail + 1, step - 1) == 0 { end -= step } else { step /= 2 }
        }
        return end
    }
}

/// Chunks of a closure, each kept at one address until the next is asked for.
private final class PulledChunks: ArchiveInput {
    private let source: () throws -> [UInt8]?
    private var chunk = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(_ source: @escaping () throws -> [UInt8]?) { self.source = source }

    deinit { chunk.deallocate() }

    func next() throws -> UnsafeRawBufferPointer {
        while let bytes = try source() {
            // No bytes would mean the end to the library.
            if bytes.isEmpty { continue }
            if chunk.count < bytes.count {
                chunk.deallocate()
                chunk = .allocate(byteCount: bytes.count, alignment: 16)
            }
            chunk.copyBytes(from: bytes)
            return UnsafeRawBufferPointer(rebasing: chunk.prefix(bytes.count))
        }
        return UnsafeRawBufferPointer(start: nil, count: 0)
    }
}
