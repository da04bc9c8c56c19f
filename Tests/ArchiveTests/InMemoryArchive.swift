import Archive

/// A tar in memory, written and read through the module under test.
struct InMemoryArchive {
    var bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Writes with `body`, draining the writer at the end.
    init(_ compression: ArchiveCompression = .none, paddedTo multiple: Int = 0, _ body: (ArchiveWriter) throws -> Void) throws {
        let writer = try ArchiveWriter(compression: compression, paddedTo: multiple)
        try body(writer)
        bytes = writer.takeOutput()
        try writer.finish()
        bytes += writer.takeOutput()
    }

    /// A reader that gets the bytes in chunks of `chunk`.
    func reader(chunk: Int = 10_000) throws -> ArchiveReader {
        var rest = bytes[...]
        return try ArchiveReader {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(chunk) }
            return Array(rest.prefix(chunk))
        }
    }

    /// A member with its content.
    struct Member: Equatable {
        var entry: ArchiveEntry
        var contents: [UInt8]
    }

    /// Everything in it. Throws what the reader throws, wherever it is.
    func members(chunk: Int = 10_000, limit: Int = 4096) throws -> [Member] {
        let reader = try reader(chunk: chunk)
        var all: [Member] = []
        while let entry = try reader.next() {
            var contents: [UInt8] = []
            while case let piece = try reader.read(limit: limit), !piece.isEmpty { contents += piece }
            all.append(Member(entry: entry, contents: contents))
        }
        return all
    }
}

/// A small random number generator with a printed seed, so that a failure can be repeated.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
