import Archive
import Glibc
import LabServers
import Testing

@Suite("names of members")
struct MemberNameTests {
    private static let names = [
        "plain", "with space\nand newline", "ümläut/ß", "日本語/ファイル", "e\u{301}-decomposed", "\u{e9}-composed", "\u{212a}elvin", "🐙/🦑",
        String(repeating: "a", count: 100), String(repeating: "b", count: 101), String(repeating: "c", count: 255),
        String(repeating: "ä", count: 200) + "/" + String(repeating: "long/", count: 100) + "end", "-dash", "a\\b", "%41=%3D",
    ]

    @Test("every name comes back byte for byte", arguments: names)
    func roundTrip(_ name: String) throws {
        let archive = try InMemoryArchive { writer in
            try writer.add(ArchiveEntry(path: name, kind: .file(size: 2)), contents: [1, 2])
            try writer.add(ArchiveEntry(path: "soft", kind: .symbolicLink(target: name)))
            try writer.add(ArchiveEntry(path: "hard", kind: .hardLink(target: name), ownerName: "jürgen", groupName: "e\u{301}"))
        }
        let members = try archive.members()
        // Swift calls composed and decomposed texts equal; files do not.
        #expect(Array(members[0].entry.path.utf8) == Array(name.utf8))
        guard case .symbolicLink(let soft) = members[1].entry.kind, case .hardLink(let hard) = members[2].entry.kind else {
            Issue.record("links came back as something else")
            return
        }
        #expect(Array(soft.utf8) == Array(name.utf8) && Array(hard.utf8) == Array(name.utf8))
        #expect(members[2].entry.ownerName == "jürgen")
        #expect(members[2].entry.groupName.map { Array($0.utf8) } == Array("e\u{301}".utf8))
    }

    @Test("GNU tar reads our names as they are, without a remark, in any locale", arguments: names, ["C", "C.UTF-8"])
    func readByTar(_ name: String, locale: String) throws {
        let archive = try InMemoryArchive { try $0.add(ArchiveEntry(path: name, kind: .file(size: 0))) }
        let list = try Program.run("tar", ["--quoting-style=literal", "-tf", "-"], input: archive.bytes, environment: ["LC_ALL": locale])
        #expect(list.status == 0 && list.errors.isEmpty)
        #expect(list.bytes == Array((name + "\n").utf8))
    }

    @Test("GNU tar's names come to us as they are", arguments: ["gnu", "posix"], ["C", "C.UTF-8"])
    func writtenByTar(format: String, locale: String) throws {
        let folder = try TemporaryFolder("member-names")
        for name in Self.names where name.utf8.count < 255 && !name.contains("/") {
            try Program.succeed("touch", ["--", folder.file(name)])
        }
        let bytes = try Program.succeed(
            "tar", ["--format=\(format)", "-C", folder.path, "-cf", "-", "."], environment: ["LC_ALL": locale])
        let expected = Set(Self.names.filter { $0.utf8.count < 255 && !$0.contains("/") }.map { Array($0.utf8) } + [Array(".".utf8)])
        #expect(Set(try InMemoryArchive(bytes: bytes).members().map { Array($0.entry.path.utf8) }) == expected)
    }

    @Test("a thread in a UTF-8 locale reads the same bytes, and keeps its locale", arguments: names)
    func otherLocale(_ name: String) throws {
        // 1 is LC_CTYPE_MASK, a macro that Swift does not import.
        let locale = newlocale(1, "C.UTF-8", nil)
        let previous = uselocale(locale)
        defer {
            uselocale(previous)
            freelocale(locale)
        }
        let archive = try InMemoryArchive { try $0.add(ArchiveEntry(path: name, kind: .file(size: 0))) }
        #expect(try archive.members().map { Array($0.entry.path.utf8) } == [Array(name.utf8)])
        #expect(uselocale(nil) == locale)
    }

    @Test("a name that is no UTF-8 is refused by the plain reader instead of being altered")
    func noUTF8() throws {
        let folder = try TemporaryFolder("member-names")
        try Program.succeed("sh", ["-ec", "touch \"$(printf 'latin\\344')\""], folder: folder.path)
        let bytes = try Program.succeed("tar", ["-C", folder.path, "-cf", "-", "."])
        let failure = #expect(throws: ArchiveError.self) { try InMemoryArchive(bytes: bytes).members() }
        #expect(failure?.code == .unsafe)
    }
}
