import Archive
import Glibc
import LabServers
import SystemPackage
import Testing

private let isRoot = geteuid() == 0

@Suite("file sets, there and back")
struct FileSetRoundTripTests {
    @Test("everything comes back as it was", arguments: [ArchiveCompression.none, .zstd(level: 3, threads: 0)])
    func roundTrip(_ compression: ArchiveCompression) throws {
        let fixture = try FileSetFixture(FileSetFixture.everything + (isRoot ? "\n" + FileSetFixture.rootOnly : ""))
        let (archive, report) = try fixture.archive(compression: compression)
        #expect(report.problems.isEmpty)
        let restored = try fixture.restore(archive, restoringOwners: isRoot)
        #expect(restored.problems.isEmpty)
        #expect(restored == report)
        let copy = fixture.target + "/" + fixture.member
        let difference = try fixture.difference(copy)
        #expect(difference == "")
        #expect(try fixture.ask(copy, "stat -c %i a/key a/second ünï/third | sort -u | wc -l") == "1\n")
        let blocks = try fixture.ask(copy, "du -k sparse hole | cut -f1")
        #expect(blocks.split(separator: "\n").allSatisfy { (Int($0) ?? .max) < 100 }, "holes stay holes")
    }

    @Test("GNU tar restores our archives in full", .enabled(if: isRoot, "restoring owners needs root"))
    func readByTar() throws {
        let fixture = try FileSetFixture(FileSetFixture.everything + "\n" + FileSetFixture.rootOnly)
        let archive = try fixture.archive().archive
        try Program.succeed("mkdir", [fixture.target])
        let result = try Program.run(
            "tar",
            ["--warning=no-timestamp", "--acls", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", "-", "-C", fixture.target],
            input: archive.bytes)
        // A name that is no UTF-8 is marked so, with a keyword of POSIX that GNU tar does not need.
        let remarks = result.errors.split(separator: "\n").filter { !$0.contains("hdrcharset") }
        #expect(result.status == 0)
        #expect(remarks == [])
        let difference = try fixture.difference(fixture.target + "/" + fixture.member)
        #expect(difference == "")
    }

    @Test("we restore GNU tar's archives in full", .enabled(if: isRoot, "restoring owners needs root"), arguments: ["0.0", "0.1", "1.0"])
    func writtenByTar(sparseVersion: String) throws {
        let fixture = try FileSetFixture(FileSetFixture.everything + "\n" + FileSetFixture.rootOnly)
        let options = ["--format=posix", "--acls", "--xattrs", "--xattrs-include=*", "--sparse", "--sparse-version=\(sparseVersion)"]
        let bytes = try Program.succeed("tar", options + ["-C", fixture.temporary.path, "-cf", "-", "source"])
        let report = try fixture.restore(InMemoryArchive(bytes: bytes), restoringOwners: true)
        #expect(report.problems.isEmpty)
        let difference = try fixture.difference(fixture.target + "/source")
        #expect(difference == "")
    }

    @Test("equal trees give equal archives, whatever order their files were made in")
    func deterministic() throws {
        let fixture = try FileSetFixture("for f in c a b; do echo $f > $f; done; touch -d @1 a b c .")
        let first = try fixture.archive().archive.bytes
        try fixture.run("rm a b c; for f in b c a; do echo $f > $f; done; touch -d @1 a b c .")
        #expect(try fixture.archive().archive.bytes == first)
    }

    @Test("a second restore completes an interrupted one and changes nothing else")
    func resumed() throws {
        let fixture = try FileSetFixture(FileSetFixture.everything)
        let archive = try fixture.archive().archive
        try fixture.restore(archive)
        let copy = fixture.target + "/" + fixture.member
        let before = try fixture.inventory(copy)
        try Program.succeed("sh", ["-ec", "rm -r empty dangling a/second a/b/numbers; chmod 644 a/key; chmod 700 a/b/c"], folder: copy)
        try fixture.restore(archive)
        #expect(try fixture.inventory(copy) == before)
        #expect(try fixture.ask(fixture.target, "find . -name '.opsd-*'").isEmpty)
    }

    @Test("without owners, set-id bits and capabilities are left out, and said so", .enabled(if: isRoot, "setting them needs root"))
    func withoutOwners() throws {
        let fixture = try FileSetFixture(FileSetFixture.everything + "\n" + FileSetFixture.rootOnly)
        let report = try fixture.restore(try fixture.archive().archive)
        let copy = fixture.target + "/" + fixture.member
        #expect(try fixture.ask(copy, "stat -c '%a %u' a/b/numbers a/key") == "755 0\n670 0\n")
        #expect(report.problems.map(\.kind) == [.unsupported(what: "attribute security.capability")])
    }

    @Test("a parent's default ACL does not leak into restored files")
    func inheritedList() throws {
        let fixture = try FileSetFixture("mkdir d; echo x > d/f; chmod 640 d/f")
        let archive = try fixture.archive().archive
        try Program.succeed("sh", ["-ec", "mkdir \"$0\"; setfacl -d -m u:4242:rwx \"$0\"", fixture.target])
        try fixture.restore(archive)
        let copy = fixture.target + "/" + fixture.member
        #expect(!(try fixture.ask(copy, "getfacl -n -R .").contains("4242")))
        #expect(try fixture.ask(copy, "stat -c %a d/f") == "640\n")
    }

    @Test("a sparse file of 9 GiB is kept with both of its ends")
    func largeSparse() throws {
        let fixture = try FileSetFixture(
            "truncate -s 9G large; printf begin | dd of=large conv=notrunc status=none; printf end | dd of=large bs=1 seek=9663676413 conv=notrunc status=none"
        )
        let (archive, report) = try fixture.archive()
        #expect(report.bytes == 9 << 30)
        #expect(archive.bytes.count < 100_000)
        try fixture.restore(archive)
        let copy = fixture.target + "/" + fixture.member
        #expect(try fixture.ask(copy, "stat -c %s large; head -c 5 large; tail -c 3 large") == "9663676416\nbeginend")
        #expect((Int(try fixture.ask(copy, "du -k large | cut -f1 | tr -d '\\n'")) ?? .max) < 100)
    }
}
