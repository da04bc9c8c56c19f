import Archive
import LabServers
import LocalIO
import SystemPackage
import Testing

@Suite("reading archives")
struct ArchiveReaderTests {
    private struct SourceFailed: Error, Equatable {}

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder("archive-reader") }

    private func tar(_ arguments: [String], script: String) throws -> InMemoryArchive {
        try Program.succeed("sh", ["-ec", script], folder: folder.path)
        return InMemoryArchive(bytes: try Program.succeed("tar", ["-C", folder.path, "-cf", "-"] + arguments))
    }

    @Test(
        "what GNU tar wrote reads the same in every format of its own", arguments: ["gnu", "posix", "ustar", "v7"], [1, 511, 512, 100_000])
    func formats(_ format: String, chunk: Int) throws {
        let script = """
            mkdir -p d/e; printf hello > d/file; printf '' > d/empty; head -c 5000 /dev/zero > d/e/zeros
            ln -s ../x d/soft; ln d/file d/hard; chmod 640 d/file; touch -d '2001-02-03 04:05:06 UTC' d/file
            """
        let archive = try tar(["--format=\(format)", "--sort=name", "--owner=:1234", "--group=:5678", "d"], script: script)
        let members = try archive.members(chunk: chunk, limit: 777)
        #expect(members.map(\.entry.path) == ["d", "d/e", "d/e/zeros", "d/empty", "d/file", "d/hard", "d/soft"])
        #expect(members.map(\.contents.count) == [0, 0, 5000, 0, 5, 0, 0])
        #expect(members[0].entry.kind == .folder)
        #expect(members[4].contents == Array("hello".utf8))
        #expect(members[4].entry.permissions.rawValue == 0o640)
        #expect(members[4].entry.owner == 1234 && members[4].entry.group == 5678)
        #expect(members[4].entry.modified.seconds == 981_173_106)
        #expect(members[5].entry.kind == .hardLink(target: "d/file"))
        #expect(members[6].entry.kind == .symbolicLink(target: "../x"))
    }

    @Test("a zstd archive reads like a plain one, also from several frames", arguments: [[], ["-T2"], ["--ultra", "-20", "--long=24"]])
    func zstd(_ options: [String]) throws {
        let plain = try tar(["d"], script: "mkdir d; seq 100000 > d/numbers")
        let packed = InMemoryArchive(bytes: try Program.succeed("zstd", ["-c", "-q"] + options, input: plain.bytes))
        #expect(try packed.members() == plain.members())
        let half = plain.bytes.count / 2
        let frames = try [plain.bytes[..<half], plain.bytes[half...]].flatMap {
            try Program.succeed("zstd", ["-c", "-q"], input: Array($0))
        }
        #expect(try InMemoryArchive(bytes: frames).members() == plain.members())
    }

    @Test("other compressions and formats are not accepted", arguments: ["gzip", "xz", "bzip2"])
    func otherCompressions(_ program: String) throws {
        guard Program.find(program) != nil else { return }
        let plain = try tar(["d"], script: "mkdir d")
        let failure = #expect(throws: ArchiveError.self) {
            try InMemoryArchive(bytes: try Program.succeed(program, ["-c"], input: plain.bytes)).members()
        }
        #expect(failure?.code == .corrupt)
    }

    @Test("skipped members do not disturb the next", arguments: [0, 1, 600, 10_000])
    func skipping(read: Int) throws {
        let archive = try InMemoryArchive(.zstd(level: 1, threads: 0)) { writer in
            for number in 0..<5 {
                try writer.add(
                    ArchiveEntry(path: "\(number)", kind: .file(size: 10_000)), contents: [UInt8](repeating: UInt8(number), count: 10_000))
            }
        }
        let reader = try archive.reader()
        var names: [String] = []
        while let entry = try reader.next() {
            names.append(entry.path)
            if read > 0 { #expect(try reader.read(limit: read).first == UInt8(entry.path)) }
        }
        #expect(names == ["0", "1", "2", "3", "4"])
        #expect(try reader.next() == nil)
    }

    @Test("holes come as zeros, in every sparse format of GNU tar", arguments: ["0.0", "0.1", "1.0"])
    func holes(version: String) throws {
        let script = "truncate -s 3000000 sparse; printf middle | dd of=sparse bs=1 seek=1500000 conv=notrunc status=none"
        let archive = try tar(["--sparse", "--format=posix", "--sparse-version=\(version)", "sparse"], script: script)
        #expect(archive.bytes.count < 100_000)
        let members = try archive.members()
        #expect(members.map(\.entry.kind) == [.file(size: 3_000_000)])
        var expected = [UInt8](repeating: 0, count: 3_000_000)
        expected.replaceSubrange(1_500_000..<1_500_006, with: Array("middle".utf8))
        #expect(members.first?.contents == expected)
    }

    @Test("`.` components and doubled slashes are taken out of names")
    func cleanNames() throws {
        let archive = try tar(["."], script: "mkdir d; touch d/f")
        #expect(Set(try archive.members().map(\.entry.path)) == [".", "d", "d/f"])
    }

    @Test(
        "members that could reach outside are refused",
        arguments: ["/etc/passwd", "../x", "a/../../x", "a/..", "..", "//x"], [false, true])
    func unsafeNames(_ name: String, isLink: Bool) throws {
        let archive = try InMemoryArchive { writer in
            try writer.add(isLink ? ArchiveEntry(path: "a", kind: .hardLink(target: name)) : ArchiveEntry(path: name, kind: .folder))
        }
        let failure = #expect(throws: ArchiveError.self) { try archive.members() }
        #expect(failure?.code == .unsafe)
    }

    @Test("pipes and devices are refused", arguments: ["mkfifo special", "mknod special c 1 3"])
    func specialFiles(_ script: String) throws {
        guard try Program.run("sh", ["-ec", script], folder: folder.path).status == 0 else { return }
        let archive = InMemoryArchive(bytes: try Program.succeed("tar", ["-C", folder.path, "-cf", "-", "special"]))
        let failure = #expect(throws: ArchiveError.self) { try archive.members() }
        #expect(failure?.code == .unsafe)
    }

    @Test("the source's own error comes through, wherever it strikes", arguments: [false, true])
    func sourceError(isPacked: Bool) throws {
        let archive = try InMemoryArchive(isPacked ? .zstd(level: 1, threads: 0) : .none) { writer in
            var numbers = SeededNumbers(seed: 3)
            for name in ["a", "b"] { try writer.add(ArchiveEntry(path: name, kind: .file(size: 2000)), contents: numbers.bytes(2000)) }
        }
        for cut in 0...archive.bytes.count {
            var rest: [UInt8]? = Array(archive.bytes[..<cut])
            let reader = try ArchiveReader {
                guard let bytes = rest else { throw SourceFailed() }
                rest = nil
                return bytes
            }
            #expect(throws: SourceFailed.self, "after \(cut) bytes") {
                while try reader.next() != nil { while !(try reader.read(limit: 512).isEmpty) {} }
            }
        }
    }

    @Test("an archive without members is whole, nothing at all is not")
    func empty() throws {
        #expect(try InMemoryArchive { _ in }.members().isEmpty)
        #expect(throws: ArchiveError.self) { try InMemoryArchive(bytes: []).members() }
    }

    @Test("bytes flow from a task through a channel into a reader on its own thread")
    func throughAChannel() async throws {
        var numbers = SeededNumbers(seed: 11)
        let content = numbers.bytes(3_000_000)
        let archive = try InMemoryArchive(.zstd(level: 1, threads: 0)) {
            try $0.add(ArchiveEntry(path: "a", kind: .file(size: Int64(content.count))), contents: content)
        }
        let channel = ByteChannel(capacity: 100_000)
        async let read = onBlockingThread {
            let reader = try ArchiveReader { try channel.receive() }
            var contents: [UInt8] = []
            while try reader.next() != nil { while case let piece = try reader.read(limit: 65_536), !piece.isEmpty { contents += piece } }
            return contents
        }
        var rest = archive.bytes[...]
        while !rest.isEmpty {
            try await channel.send(Array(rest.prefix(30_000)))
            rest = rest.dropFirst(30_000)
        }
        channel.finish()
        #expect(try await read == content)
    }
}
