import Archive
import LabServers
import SystemPackage
import Testing

@Suite("writing archives")
struct ArchiveWriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder("archive-writer") }

    private func text(_ program: String, _ arguments: [String], input: [UInt8]) throws -> String {
        String(decoding: try Program.succeed(program, arguments, input: input), as: UTF8.self)
    }

    @Test("short plain members cost one header block each, and the archive is as long as tar needs it")
    func plainHeaders() throws {
        let archive = try InMemoryArchive { writer in
            try writer.add(
                ArchiveEntry(path: "blobs/sha256/" + String(repeating: "a", count: 64), kind: .file(size: 5)), contents: Array("hello".utf8)
            )
            try writer.add(ArchiveEntry(path: "empty", kind: .file(size: 0)))
        }
        #expect(archive.bytes.count == 512 + 512 + 512 + 1024)
        #expect(try text("tar", ["-tf", "-"], input: archive.bytes) == "blobs/sha256/\(String(repeating: "a", count: 64))\nempty\n")
    }

    @Test("the offset after begin is where the member's data lies in the tar")
    func offsets() throws {
        var offsets: [Int64] = []
        let archive = try InMemoryArchive { writer in
            for number in 0..<20 {
                let path = String(repeating: "long/", count: number * 7) + "\(number)"
                try writer.begin(ArchiveEntry(path: path, kind: .file(size: 4), modified: .init(seconds: 1, nanoseconds: number)))
                offsets.append(writer.offset)
                try writer.write(Array("<\(number % 10)>\n".utf8))
                try writer.endEntry()
            }
        }
        for (number, offset) in offsets.enumerated() {
            #expect(Array(archive.bytes[Int(offset)..<Int(offset) + 4]) == Array("<\(number % 10)>\n".utf8))
        }
    }

    @Test("taking the output early changes neither the archive nor the offset")
    func draining() throws {
        func write(_ writer: ArchiveWriter, _ drain: () -> Void) throws {
            for number in 0..<10 {
                try writer.begin(ArchiveEntry(path: "\(number)", kind: .file(size: 3000)))
                drain()
                for _ in 0..<3 {
                    try writer.write([UInt8](repeating: UInt8(number), count: 1000))
                    drain()
                }
                try writer.endEntry()
            }
        }
        let whole = try InMemoryArchive { try write($0) {} }
        let writer = try ArchiveWriter(compression: .none)
        var drained: [UInt8] = []
        try write(writer) { drained += writer.takeOutput() }
        #expect(writer.offset == 10 * (512 + 3072))
        try writer.finish()
        drained += writer.takeOutput()
        #expect(drained == whole.bytes)
        #expect(Int(writer.offset) == drained.count)
        #expect(writer.takeOutput().isEmpty)
    }

    @Test("GNU tar lists mode, owner, time and links as they were given")
    func listing() throws {
        let archive = try InMemoryArchive { writer in
            let time = ArchiveEntry.Time(seconds: 1_700_000_000, nanoseconds: 123_456_789)
            try writer.add(
                ArchiveEntry(path: "d", kind: .folder, permissions: .init(rawValue: 0o750), owner: 10000, group: 999, modified: time))
            try writer.add(
                ArchiveEntry(
                    path: "d/key", kind: .file(size: 1), permissions: .init(rawValue: 0o4600), owner: 3_000_000_000, group: 7,
                    ownerName: "harbor", groupName: "häfen", modified: time),
                contents: [1])
            try writer.add(ArchiveEntry(path: "d/soft", kind: .symbolicLink(target: "/etc/ssl/../x"), modified: time))
            try writer.add(ArchiveEntry(path: "d/hard", kind: .hardLink(target: "d/key"), modified: time))
        }
        let lines = try text("tar", ["--full-time", "--utc", "-tvf", "-"], input: archive.bytes).split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(
            lines == [
                "drwxr-x--- 10000/999 0 2023-11-14 22:13:20.123456789 d/",
                "-rwS------ harbor/häfen 1 2023-11-14 22:13:20.123456789 d/key",
                "lrwxrwxrwx 0/0 0 2023-11-14 22:13:20.123456789 d/soft -> /etc/ssl/../x",
                "hrw-r--r-- 0/0 0 2023-11-14 22:13:20.123456789 d/hard link to d/key",
            ])
        let numeric = try text("tar", ["--numeric-owner", "-tvf", "-"], input: archive.bytes)
        #expect(numeric.contains("3000000000/7"))
    }

    @Test("zstd and tar unpack what was compressed", arguments: [(1, 0), (3, 2), (9, 1), (19, 0)])
    func zstd(level: Int, threads: Int) throws {
        var numbers = SeededNumbers(seed: 7)
        let content = (0..<3).flatMap { _ in numbers.bytes(100_000) + [UInt8](repeating: 9, count: 400_000) }
        let archive = try InMemoryArchive(.zstd(level: level, threads: threads)) { writer in
            try writer.add(ArchiveEntry(path: "content", kind: .file(size: Int64(content.count))), contents: content)
        }
        #expect(archive.bytes.count < 320_000)
        let tar = try Program.succeed("zstd", ["-dc"], input: archive.bytes)
        #expect(try Program.succeed("tar", ["-xOf", "-", "content"], input: tar) == content)
        #expect(try archive.members().map(\.contents) == [content])
    }

    @Test("padding fills up to the multiple with zeros and stays readable for tar", arguments: [0, 1, 500, 3000, 1 << 20])
    func padding(size: Int) throws {
        let content = [UInt8](repeating: 5, count: size)
        let archive = try InMemoryArchive(paddedTo: 1 << 20) { writer in
            try writer.add(ArchiveEntry(path: "a", kind: .file(size: Int64(size))), contents: content)
        }
        #expect(archive.bytes.count % (1 << 20) == 0)
        #expect(archive.bytes.count <= size + (1 << 20) + 2048)
        #expect(try Program.succeed("tar", ["-xOf", "-", "a"], input: archive.bytes) == content)
        #expect(try archive.members().map(\.contents) == [content])
    }

    @Test("more bytes than announced are refused, and so are fewer")
    func sizes() throws {
        let writer = try ArchiveWriter(compression: .none)
        try writer.begin(ArchiveEntry(path: "a", kind: .file(size: 10)))
        try writer.write([UInt8](repeating: 1, count: 8))
        #expect(throws: ArchiveError.self) { try writer.write([1, 2, 3]) }
        let short = #expect(throws: ArchiveError.self) { try writer.endEntry() }
        #expect(short?.code == .wrongSize)
        try writer.write([1, 2])
        try writer.endEntry()
        try writer.begin(ArchiveEntry(path: "folder", kind: .folder))
        let content = #expect(throws: ArchiveError.self) { try writer.write([1]) }
        #expect(content?.code == .wrongSize)
    }

    @Test("names that no filesystem takes are refused", arguments: ["", "a\0b"])
    func names(_ name: String) throws {
        let writer = try ArchiveWriter(compression: .none)
        #expect(throws: ArchiveError.self) { try writer.begin(ArchiveEntry(path: name, kind: .file(size: 0))) }
        #expect(throws: ArchiveError.self) { try writer.begin(ArchiveEntry(path: "a", kind: .symbolicLink(target: name))) }
        #expect(throws: ArchiveError.self) { try writer.begin(ArchiveEntry(path: "a/", kind: .file(size: 0))) }
        #expect(throws: ArchiveError.self) { try writer.begin(ArchiveEntry(path: "a", kind: .file(size: -1))) }
    }

    @Test("an impossible zstd level is an error, not the usual level")
    func level() {
        #expect(throws: ArchiveError.self) { try ArchiveWriter(compression: .zstd(level: 99, threads: 0)) }
    }

    @Test("a size beyond what a plain header holds is announced for tar", arguments: [8 << 30, 70 << 30] as [Int64])
    func largeSize(_ size: Int64) throws {
        let writer = try ArchiveWriter(compression: .none)
        try writer.begin(ArchiveEntry(path: "large", kind: .file(size: size)))
        let header = writer.takeOutput()
        // tar prints the header before it misses the data.
        let listing = try Program.run("tar", ["-tvf", "-"], input: header)
        #expect(listing.output.contains(" \(size) "))
        let entry = try InMemoryArchive(bytes: header).reader().next()
        #expect(entry?.kind == .file(size: size))
    }
}
