internal import CLibarchive
internal import Glibc
internal import LocalIO
internal import SystemPackage

/// One file's content on its way into an archive, a piece at a time.
///
/// The archive has announced the size that the file had at first, so that many bytes are written, whatever becomes of the file.
final class FileCopy {
    let file: OpenFile
    let map: SparseMap?
    /// Bytes that the member has.
    let size: Int64
    private let before: stat
    private let writer: ArchiveWriter
    private var position: Int64 = 0
    private var piece: [UInt8]
    private var wasCut = false
    private static let pieceSize = 1 << 20
    private static let zeros = [UInt8](repeating: 0, count: pieceSize)
    /// Holes produce no output, so more of them fit into one step.
    private static let holesInStep = 256

    /// Reads the first piece, to learn whether the file can be read at all.
    init(_ file: OpenFile, _ status: stat, into writer: ArchiveWriter) throws(LocalIOError) {
        self.file = file
        self.writer = writer
        before = status
        size = Int64(status.st_size)
        map = SparseMap(file, status)
        piece = []
        posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        if map?.endOfHole(at: 0, size: size) == nil { piece = try read() }
    }

    /// Whether the member has all of its bytes.
    var isDone: Bool { position == size }

    /// Writes the next piece and returns how many bytes of it were no hole.
    func step() throws -> Int {
        var holes = 0
        while position < size, let end = map?.endOfHole(at: position, size: size), holes < Self.holesInStep {
            let count = Int(min(end - position, Int64(Self.pieceSize)))
            try Self.zeros.withUnsafeBytes { try writer.write(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
            position += Int64(count)
            holes += 1
        }
        guard position < size, holes < Self.holesInStep else { return 0 }
        if piece.isEmpty { piece = readOrZeros() }
        try writer.write(piece)
        position += Int64(piece.count)
        defer { piece = [] }
        return piece.count
    }

    /// Whether the file is not what it was when its header was written.
    func hasChanged() -> Bool {
        // A file that cannot even be examined any more cannot be vouched for.
        guard let after = try? file.status() else { return true }
        return wasCut || after.st_size != before.st_size
            || after.st_mtim.tv_sec != before.st_mtim.tv_sec || after.st_mtim.tv_nsec != before.st_mtim.tv_nsec
            || after.st_ctim.tv_sec != before.st_ctim.tv_sec || after.st_ctim.tv_nsec != before.st_ctim.tv_nsec
    }

    private func readOrZeros() -> [UInt8] {
        // A read error in the middle is reported as a change: the member's place in the archive must be filled.
        if let bytes = try? read(), !bytes.isEmpty { return bytes }
        wasCut = true
        return [UInt8](repeating: 0, count: Int(min(size - position, Int64(Self.pieceSize))))
    }

    private func read() throws(LocalIOError) -> [UInt8] {
        let count = Int(min(size - position, Int64(Self.pieceSize)))
        guard count > 0 else { return [] }
        var got = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { space, filled in
            repeat { got = pread(file.descriptor, space.baseAddress, count, off_t(position)) } while got < 0 && errno == EINTR
            filled = max(0, got)
        }
        guard got >= 0 else { throw file.failure("read") }
        return bytes
    }
}
