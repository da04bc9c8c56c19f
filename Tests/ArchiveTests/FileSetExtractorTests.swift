import Archive
import LabServers
import SystemPackage
import Testing

@Suite("restoring hostile or colliding archives")
struct FileSetExtractorTests {
    private let fixture: FileSetFixture
    private let outside: String

    init() throws {
        fixture = try FileSetFixture()
        outside = fixture.temporary.file("outside")
        try Program.succeed("sh", ["-ec", "mkdir \"$0\"; echo original > \"$0/passwd\"; mkdir \"$1\"", outside, fixture.target])
    }

    private func expectUnsafe(_ archive: InMemoryArchive, _ code: ArchiveError.Code = .unsafe, replacing: Bool = false) throws {
        let failure = #expect(throws: ArchiveError.self) { try fixture.restore(archive, replacing: replacing) }
        #expect(failure?.code == code)
        #expect(try fixture.ask(outside, "ls -A; cat passwd") == "passwd\noriginal\n")
        #expect(try fixture.ask(fixture.target, "find . -name '.opsd-*'").isEmpty, "no temporary file stays")
    }

    private func file(_ path: String, _ text: String) -> (ArchiveEntry, [UInt8]) {
        (ArchiveEntry(path: path, kind: .file(size: Int64(text.utf8.count))), Array(text.utf8))
    }

    @Test("an archive cannot write through a link that it brought itself", arguments: ["passwd", "new", "a/b/new"], [false, true])
    func throughOwnLink(_ name: String, replacing: Bool) throws {
        for target in [outside, "../outside", "."] {
            let archive = try InMemoryArchive { writer in
                try writer.add(ArchiveEntry(path: "link", kind: .symbolicLink(target: target)))
                let (entry, contents) = file("link/" + name, "evil")
                try writer.add(entry, contents: contents)
            }
            try expectUnsafe(archive, replacing: replacing)
            try Program.succeed("rm", ["-f", fixture.target + "/link"])
        }
    }

    @Test("a link that stands in the target already is not followed", arguments: [false, true])
    func throughPresentLink(replacing: Bool) throws {
        try Program.succeed("ln", ["-s", outside, fixture.target + "/link"])
        let kinds: [ArchiveEntry] = [
            ArchiveEntry(path: "link/new", kind: .file(size: 0)), ArchiveEntry(path: "link/new", kind: .folder),
            ArchiveEntry(path: "link", kind: .folder, permissions: .init(rawValue: 0o777)),
            ArchiveEntry(path: "link/new", kind: .symbolicLink(target: "x")),
        ]
        for entry in kinds { try expectUnsafe(try InMemoryArchive { try $0.add(entry) }, replacing: replacing) }
        #expect(try fixture.ask(outside, "stat -c %a .") != "777\n")
    }

    @Test("a link in a file's place is not written through; replacing replaces the link itself")
    func linkInFilesPlace() throws {
        try Program.succeed("ln", ["-s", outside + "/passwd", fixture.target + "/file"])
        let (entry, contents) = file("file", "evil")
        let archive = try InMemoryArchive { try $0.add(entry, contents: contents) }
        try expectUnsafe(archive, .exists)
        try fixture.restore(archive, replacing: true)
        #expect(try fixture.ask(outside, "cat passwd") == "original\n")
        #expect(try fixture.ask(fixture.target, "stat -c %F file; cat file") == "regular file\nevil")
    }

    @Test("a hard link reaches neither outside nor through a link", arguments: [false, true])
    func hardLinks(isPresent: Bool) throws {
        if isPresent { try Program.succeed("ln", ["-s", outside, fixture.target + "/link"]) }
        let through = try InMemoryArchive { writer in
            if !isPresent { try writer.add(ArchiveEntry(path: "link", kind: .symbolicLink(target: outside))) }
            try writer.add(ArchiveEntry(path: "grab", kind: .hardLink(target: "link/passwd")))
        }
        #expect(throws: (any Error).self) { try fixture.restore(through) }
        let toLink = try InMemoryArchive { writer in
            try writer.add(ArchiveEntry(path: "soft", kind: .symbolicLink(target: outside + "/passwd")))
            try writer.add(ArchiveEntry(path: "grab", kind: .hardLink(target: "soft")))
        }
        try expectUnsafe(toLink)
        #expect(try fixture.ask(outside, "stat -c %h passwd") == "1\n")
        try expectUnsafe(try InMemoryArchive { try $0.add(ArchiveEntry(path: "grab", kind: .hardLink(target: outside + "/passwd"))) })
        try expectUnsafe(try InMemoryArchive { try $0.add(ArchiveEntry(path: "grab", kind: .hardLink(target: "../outside/passwd"))) })
    }

    @Test("names that lead outside are refused", arguments: ["../outside/new", "/new", "a/../../outside/new"])
    func outsideNames(_ name: String) throws {
        try expectUnsafe(try InMemoryArchive { try $0.add(ArchiveEntry(path: name, kind: .file(size: 0))) })
    }

    @Test("GNU tar's own hostile archives are refused", arguments: ["../outside/passwd", "/etc/hostname"])
    func hostileTar(_ path: String) throws {
        let bytes = try Program.succeed("tar", ["-P", "-C", fixture.target, "-cf", "-", path])
        try expectUnsafe(InMemoryArchive(bytes: bytes))
    }

    @Test("a file that differs is kept and stops the restore; an equal one is no obstacle; replacing replaces")
    func differingFile() throws {
        let (entry, contents) = file("d/file", "from the archive")
        let archive = try InMemoryArchive { try $0.add(entry, contents: contents) }
        for present in ["different", "from the archivE"] {
            try Program.succeed("sh", ["-ec", "mkdir -p d; printf '%s' \"$0\" > d/file", present], folder: fixture.target)
            try expectUnsafe(archive, .exists)
            #expect(try fixture.ask(fixture.target, "cat d/file") == present)
        }
        try fixture.restore(archive, replacing: true)
        #expect(try fixture.ask(fixture.target, "cat d/file; stat -c %i d/file > inode") == "from the archive")
        try fixture.restore(archive)
        #expect(try fixture.ask(fixture.target, "stat -c %i d/file | diff - inode").isEmpty, "the equal file was kept")
    }

    @Test("folders are never replaced by files or links", arguments: [false, true])
    func folderInTheWay(replacing: Bool) throws {
        try Program.succeed("sh", ["-ec", "mkdir -p a/full"], folder: fixture.target)
        for kind in [ArchiveEntry.Kind.file(size: 0), .symbolicLink(target: outside)] {
            let archive = try InMemoryArchive { try $0.add(ArchiveEntry(path: "a", kind: kind)) }
            #expect(throws: (any Error).self) { try fixture.restore(archive, replacing: replacing) }
        }
        #expect(try fixture.ask(fixture.target, "ls a") == "full\n")
    }

    @Test("a different link in the way is refused or replaced, an equal one kept")
    func linkInTheWay() throws {
        try Program.succeed("ln", ["-s", "old", fixture.target + "/link"])
        func archive(_ target: String) throws -> InMemoryArchive {
            try InMemoryArchive { try $0.add(ArchiveEntry(path: "link", kind: .symbolicLink(target: target))) }
        }
        try fixture.restore(archive("old"))
        try expectUnsafe(try archive("new"), .exists)
        try fixture.restore(archive("new"), replacing: true)
        #expect(try fixture.ask(fixture.target, "readlink link") == "new\n")
    }

    @Test("an archive that breaks off leaves whole files and no torn or temporary one")
    func brokenOff() throws {
        var numbers = SeededNumbers(seed: 5)
        let content = numbers.bytes(200_000)
        var archive = try InMemoryArchive { writer in
            for name in ["first", "second"] { try writer.add(ArchiveEntry(path: name, kind: .file(size: 200_000)), contents: content) }
        }
        archive.bytes.removeLast(100_000)
        try expectUnsafe(archive, .corrupt)
        #expect(try fixture.ask(fixture.target, "ls -A; stat -c %s first") == "first\n200000\n")
    }

    @Test("the root of an archive does not change the folder that it is restored into")
    func rootMember() throws {
        try Program.succeed("sh", ["-ec", "chmod 711 \"$0\"; touch f; chmod 700 .", fixture.target], folder: fixture.source)
        let bytes = try Program.succeed("tar", ["-C", fixture.source, "-cf", "-", "."])
        #expect(try fixture.restore(InMemoryArchive(bytes: bytes)).files == 1)
        #expect(try fixture.ask(fixture.target, "stat -c %a .; ls") == "711\nf\n")
    }

    @Test("folders that the archive does not list are made on the way")
    func missingParents() throws {
        let (entry, contents) = file("opt/harbor/harbor.yml", "hostname: x")
        try fixture.restore(try InMemoryArchive { try $0.add(entry, contents: contents) })
        #expect(try fixture.ask(fixture.target, "cat opt/harbor/harbor.yml") == "hostname: x")
    }
}
