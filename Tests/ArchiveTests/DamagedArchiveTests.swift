import Archive
import LabServers
import Testing

@Suite("damaged archives")
struct DamagedArchiveTests {
    /// Small, but with every kind of header: ustar, pax names, a file that ends in zeros, padding.
    private static func small(_ compression: ArchiveCompression) throws -> InMemoryArchive {
        try InMemoryArchive(compression) { writer in
            try writer.add(ArchiveEntry(path: "d", kind: .folder))
            try writer.add(
                ArchiveEntry(path: "d/ä", kind: .file(size: 700)),
                contents: [UInt8](repeating: 7, count: 100) + [UInt8](repeating: 0, count: 600))
            try writer.add(ArchiveEntry(path: "d/link", kind: .symbolicLink(target: "x"), modified: .init(seconds: 1, nanoseconds: 5)))
            try writer.add(ArchiveEntry(path: "zeros", kind: .file(size: 1024)), contents: [UInt8](repeating: 0, count: 1024))
        }
    }

    @Test("an archive cut off anywhere is an error", arguments: [ArchiveCompression.none, .zstd(level: 3, threads: 0)])
    func truncated(_ compression: ArchiveCompression) throws {
        let whole = try Self.small(compression)
        #expect(try whole.members().count == 4)
        for length in 0..<whole.bytes.count {
            let failure = #expect(throws: ArchiveError.self, "cut to \(length)") {
                try InMemoryArchive(bytes: Array(whole.bytes[..<length])).members()
            }
            #expect(failure?.code == .corrupt, "cut to \(length)")
        }
    }

    @Test("a tar that lost its end is an error although zstd finds it whole")
    func truncatedInside() throws {
        let whole = try Self.small(.none)
        for length in stride(from: 0, to: whole.bytes.count, by: 512) {
            let packed = try Program.succeed("zstd", ["-cq"], input: Array(whole.bytes[..<length]))
            #expect(throws: ArchiveError.self, "cut to \(length)") { try InMemoryArchive(bytes: packed).members() }
        }
    }

    @Test("anything but zeros after the end is an error", arguments: [1, 512, 10_240, 1 << 20])
    func trailing(zeros: Int) throws {
        var archive = try Self.small(.none)
        let count = try archive.members().count
        archive.bytes += [UInt8](repeating: 0, count: zeros)
        #expect(try archive.members().count == count)
        archive.bytes[archive.bytes.count - 1] = 1
        let failure = #expect(throws: ArchiveError.self) { try archive.members() }
        #expect(failure?.code == .corrupt)
    }

    @Test("two archives behind each other are not taken for the first of them")
    func concatenated() throws {
        let one = try Self.small(.none)
        #expect(throws: ArchiveError.self) { try InMemoryArchive(bytes: one.bytes + one.bytes).members() }
        let packed = try Self.small(.zstd(level: 1, threads: 0))
        #expect(throws: ArchiveError.self) { try InMemoryArchive(bytes: packed.bytes + packed.bytes).members() }
        #expect(throws: ArchiveError.self) { try InMemoryArchive(bytes: packed.bytes + Array("garbage".utf8)).members() }
    }

    @Test("a change of any header byte is noticed, or leaves members and contents as they were")
    func changedHeaders() throws {
        let whole = try Self.small(.none)
        let expected = try whole.members()
        // The first header is of a folder: every byte of it is covered by its checksum.
        for at in 0..<512 {
            var bytes = whole.bytes
            bytes[at] ^= 0x01
            let members = try? InMemoryArchive(bytes: bytes).members()  // an error is one of the two right answers
            #expect(members == nil || members == expected, "byte \(at)")
        }
    }

    @Test(
        "random damage never crashes, never hangs, and never adds or hides members without an error", arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        for compression in [ArchiveCompression.none, .zstd(level: 3, threads: 0)] {
            let whole = try Self.small(compression)
            let names = try whole.members().map(\.entry.path)
            for _ in 0..<400 {
                var archive = whole
                for _ in 0...numbers.next() % 3 {
                    let at = Int(numbers.next() % UInt64(archive.bytes.count))
                    switch numbers.next() % 3 {
                    case 0: archive.bytes[at] = UInt8(truncatingIfNeeded: numbers.next())
                    case 1: archive.bytes.remove(at: at)
                    default: archive.bytes.insert(UInt8(truncatingIfNeeded: numbers.next()), at: at)
                    }
                }
                // An error is what damage should give; what is returned instead is judged.
                guard let members = try? archive.members() else { continue }
                // pax names are not covered by a checksum: one of them may differ, but the number of members may not.
                #expect(members.count == names.count, "seed \(seed)")
                #expect(members.filter { names.contains($0.entry.path) }.count >= names.count - 1, "seed \(seed)")
            }
        }
    }

    @Test("a header that announces more than there is fails at the end of the input")
    func announcedTooMuch() throws {
        let writer = try ArchiveWriter(compression: .none)
        try writer.begin(ArchiveEntry(path: "large", kind: .file(size: 100 << 30)))
        try writer.write([UInt8](repeating: 1, count: 5000))
        let reader = try InMemoryArchive(bytes: writer.takeOutput()).reader()
        #expect(try reader.next()?.kind == .file(size: 100 << 30))
        let failure = #expect(throws: ArchiveError.self) { while !(try reader.read(limit: 1 << 20).isEmpty) {} }
        #expect(failure?.code == .corrupt)
    }

    @Test("random bytes are no archive", arguments: [1, 100, 512, 5000])
    func noise(size: Int) {
        var numbers = SeededNumbers(seed: UInt64(size))
        let failure = #expect(throws: ArchiveError.self) { try InMemoryArchive(bytes: numbers.bytes(size)).members() }
        #expect(failure?.code == .corrupt)
        #expect(failure?.description.contains("cannot") == true)
    }
}
