internal import CLibarchive
internal import SystemPackage

/// Reads a tar, plain or in zstd, from a source that it pulls; on a thread that may block.
///
/// A damaged or cut off archive is an error, never an early end: the end marker must be there, nothing but zero bytes may follow it,
/// and the source is read to its own end. Members that could reach outside of a root, and devices, are refused with code `unsafe`.
package final class ArchiveReader {
    private enum State {
        case betweenMembers
        /// `position` bytes were delivered; a block of the library's that starts at or after it may wait in `pending`.
        case inMember(size: Int64, position: Int64)
        case ended
    }

    private let handle: ReadHandle
    private let input: DecompressedInput
    private var state = State.betweenMembers
    private var isOpen = false
    private var pending = Block()

    /// A block that the library handed out; its bytes stay valid until its next call.
    private struct Block {
        var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        var offset: Int64 = 0
    }

    /// Makes a reader; `source` is first called by ``next()`` and returns nil at its end.
    package init(source: @escaping () throws -> [UInt8]?) throws(ArchiveError) {
        input = try DecompressedInput(source)
        handle = try ReadHandle()
        try check(archive_read_support_format_tar(handle.pointer), handle.pointer, "enable tar")
    }

    /// The next member, or nil at the proven end. Bytes of the current one that were not read are skipped.
    ///
    /// Throws the source's own error where that was the cause, else ``ArchiveError``.
    package func next() throws -> ArchiveEntry? {
        guard let member = try nextMember() else { return nil }
        let entry = member.entry
        let kind: ArchiveEntry.Kind =
            switch member.kind {
            case .file: .file(size: entry.size)
            case .folder: .folder
            case .symbolicLink(let target): .symbolicLink(target: try text(target))
            case .hardLink(let target): .hardLink(target: try text(target))
            }
        return ArchiveEntry(
            path: member.path.isEmpty ? "." : try text(member.path), kind: kind, permissions: entry.permissions,
            owner: entry.owner, group: entry.group,
            ownerName: archive_entry_uname(entry.pointer).flatMap { $0.pointee == 0 ? nil : String(cString: $0) },
            groupName: archive_entry_gname(entry.pointer).flatMap { $0.pointee == 0 ? nil : String(cString: $0) },
            modified: entry.modified)
    }

    /// A member as bytes: its name may be no UTF-8, and it carries ACL, attributes and holes.
    struct Member {
        let entry: EntryHandle
        /// Empty for the archive's root itself.
        let path: FilePath
        let kind: EntryHandle.Kind
    }

    func nextMember() throws -> Member? {
        if case .ended = state { return nil }
        return try ThreadLocale.bytes.during {
            if !isOpen {
                try handle.open(input)
                isOpen = true
            }
            if case .inMember = state { try handle.checkRead(archive_read_data_skip(handle.pointer), "read") }
            state = .betweenMembers
            let entry = try EntryHandle()
            let start = archive_filter_bytes(handle.pointer, 0)
            let answer = archive_read_next_header2(handle.pointer, entry.pointer)
            if answer == ARCHIVE_EOF {
                try handle.checkRead(ARCHIVE_OK, "read")
                try proveEnd(from: start)
                state = .ended
                return nil
            }
            // Names outside of ASCII come as bytes and with this warning in the C locale, on purpose.
            try handle.checkRead(answer, "read") { $0.contains(" can't be converted from ") }
            let (path, kind) = try entry.examine()
            var size = entry.size
            if case .file = kind {} else { size = 0 }
            guard size >= 0 else { throw ArchiveError(.corrupt, "member \(path) has a negative size") }
            pending = Block()
            state = .inMember(size: size, position: 0)
            return Member(entry: entry, path: path, kind: kind)
        }
    }

    /// The library calls it the end when the input ends at a header's place, marker or not; and it does not look at what follows one.
    private func proveEnd(from start: Int64) throws {
        let marker = archive_filter_bytes(handle.pointer, 0) - start
        guard marker == 1024, input.endOfNonZero <= start else { throw ArchiveError(.corrupt, "the archive ends before its end marker") }
        while !(try input.next().isEmpty) {
            guard input.endOfNonZero <= start else { throw ArchiveError(.corrupt, "data follows the end of the archive") }
        }
    }

    private func text(_ path: FilePath) throws(ArchiveError) -> String {
        guard let text = path.withPlatformString({ String(validatingCString: $0) }) else {
            throw ArchiveError(.unsafe, "the name \(path) is not UTF-8")
        }
        return text
    }

    /// At most `limit` of the current member's bytes, holes as zeros; empty at its end.
    package func read(limit: Int) throws -> [UInt8] {
        precondition(limit > 0, "a read needs a limit above zero")
        guard case .inMember(let size, let position) = state, position < size else {
            try confirmEnd()
            return []
        }
        if pending.bytes.isEmpty, let block = try nextBlock() { pending = block }
        let count: Int
        let bytes: [UInt8]
        if pending.bytes.isEmpty || pending.offset > position {
            let hole = (pending.bytes.isEmpty ? size : pending.offset) - position
            count = Int(min(Int64(limit), hole))
            bytes = [UInt8](repeating: 0, count: count)
        } else {
            count = min(limit, pending.bytes.count)
            bytes = [UInt8](pending.bytes.prefix(count))
            pending.bytes = UnsafeRawBufferPointer(rebasing: pending.bytes.dropFirst(count))
            pending.offset += Int64(count)
        }
        state = .inMember(size: size, position: position + Int64(count))
        return bytes
    }

    /// Consumes what belongs to a member after its last byte, so that a cut there is not left to be found later.
    private func confirmEnd() throws {
        guard case .inMember(let size, _) = state else { return }
        if try nextBlock() != nil { throw ArchiveError(.corrupt, "a member has more than its \(size) bytes") }
    }

    /// The library's next block of data within the announced size, or nil at the member's end.
    private func nextBlock() throws -> Block? {
        guard case .inMember(let size, let position) = state else { return nil }
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: la_int64_t = 0
            let answer = archive_read_data_block(handle.pointer, &start, &count, &offset)
            if answer == ARCHIVE_EOF {
                try handle.checkRead(ARCHIVE_OK, "read")
                return nil
            }
            try handle.checkRead(answer, "read")
            if count == 0 { continue }
            guard offset >= position, offset <= size, Int64(count) <= size - offset else {
                throw ArchiveError(.corrupt, "data of a member lies outside of its \(size) bytes")
            }
            return Block(bytes: UnsafeRawBufferPointer(start: start, count: count), offset: offset)
        }
    }

    /// Hands the rest of the current member to `body`, block by block with its offset, leaving out holes.
    func readBlocks(_ body: (UnsafeRawBufferPointer, Int64) throws -> Void) throws {
        guard case .inMember(let size, _) = state else { return }
        while let block = try nextBlock() {
            state = .inMember(size: size, position: block.offset + Int64(block.bytes.count))
            try body(block.bytes, block.offset)
        }
    }
}
