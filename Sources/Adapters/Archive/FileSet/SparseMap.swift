internal import CLibarchive
internal import Glibc

/// Where a file has data; between, it has holes that read as zeros and take no room.
struct SparseMap: Equatable {
    /// Ordered and apart from each other.
    let data: [Range<Int64>]

    /// `SEEK_DATA` and `SEEK_HOLE` of lseek(2), which glibc declares only for _GNU_SOURCE.
    private static let seekData: Int32 = 3
    private static let seekHole: Int32 = 4

    /// Looks for holes; nil for a file without, or on a filesystem that does not tell.
    init?(_ file: OpenFile, _ status: stat) {
        let size = Int64(status.st_size)
        // A file whose blocks hold all of its bytes has no hole worth the name, and needs no further calls.
        guard size > 0, Int64(status.st_blocks) * 512 < size else { return nil }
        var data: [Range<Int64>] = []
        var position: Int64 = 0
        while position < size {
            let start = lseek(file.descriptor, off_t(position), Self.seekData)
            if start < 0 {
                if errno == ENXIO { break }
                return nil
            }
            let end = lseek(file.descriptor, start, Self.seekHole)
            guard end > start else { return nil }
            // The file may have grown since its size was taken.
            if Int64(start) < size { data.append(Int64(start)..<min(Int64(end), size)) }
            position = Int64(end)
        }
        if data == [0..<size] { return nil }
        self.data = data
    }

    /// The end of the hole that `position` is in, given the file's size; nil in data.
    func endOfHole(at position: Int64, size: Int64) -> Int64? {
        guard let next = data.first(where: { $0.upperBound > position }) else { return size }
        return next.lowerBound > position ? next.lowerBound : nil
    }

    /// Tells the library which parts of a member hold data.
    func add(to entry: EntryHandle) {
        for range in data { archive_entry_sparse_add_entry(entry.pointer, range.lowerBound, range.upperBound - range.lowerBound) }
        // An empty list would mean that nothing is known; an empty part says that all is hole.
        if data.isEmpty { archive_entry_sparse_add_entry(entry.pointer, 0, 0) }
    }
}
