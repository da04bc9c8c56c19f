import Archive
import Foundation
import LabServers
import SystemPackage
import Testing

@Suite("archiving file sets")
struct FileSetWriterTests {
    private func names(_ archive: InMemoryArchive, in fixture: FileSetFixture) throws -> [String] {
        try archive.members().map {
            $0.entry.path.hasPrefix(fixture.member + "/") ? String($0.entry.path.dropFirst(fixture.member.count + 1)) : $0.entry.path
        }
    }

    @Test("members are named by their absolute path without its slash, in the order of their bytes")
    func order() throws {
        let fixture = try FileSetFixture("mkdir b; touch b/2 b/10 a.txt a; mkdir Z")
        let (archive, report) = try fixture.archive()
        #expect(try names(archive, in: fixture) == [fixture.member, "Z", "a", "a.txt", "b", "b/10", "b/2"])
        #expect(report.files == 4)
    }

    @Test("excluded folders are left out, and names that only begin like one are not")
    func excluding() throws {
        let fixture = try FileSetFixture("mkdir -p registry/docker registry2; touch registry/docker/x registry2/y secret")
        let (archive, report) = try fixture.archive(excluding: [fixture.source + "/registry/", fixture.source + "/./secret"])
        #expect(try names(archive, in: fixture) == [fixture.member, "registry2", "registry2/y"])
        #expect(report.problems.isEmpty)
        #expect(
            try fixture.archive([fixture.source + "/registry/docker"], excluding: [fixture.source + "/registry"]).archive.members().isEmpty)
    }

    @Test("no path is archived twice, in whatever order and form the paths are given")
    func overlapping() throws {
        let fixture = try FileSetFixture("mkdir -p a/b; touch a/b/f a/g h")
        for paths in [["a/b/f", "a", "h"], ["a", "a/b", "h", "h"], ["h", "a/", "./a/b/../b"]] {
            let archive = try fixture.archive(paths.map { fixture.source + "/" + $0 }).archive
            #expect(try names(archive, in: fixture) == ["a", "a/b", "a/b/f", "a/g", "h"])
        }
    }

    @Test("what a given link leads to is archived too, a link inside a folder is only a link")
    func givenLinks() throws {
        let fixture = try FileSetFixture(
            "mkdir live archive; echo key > archive/key1.pem; ln -s ../archive/key1.pem live/key.pem; touch other")
        let given = try fixture.archive([fixture.source + "/live/key.pem"])
        #expect(try names(given.archive, in: fixture) == ["live/key.pem", "archive/key1.pem"])
        #expect(given.report.problems.isEmpty)
        #expect(try names(fixture.archive([fixture.source + "/live"]).archive, in: fixture) == ["live", "live/key.pem"])
        try fixture.run("ln -s missing dangling; ln -s loop loop")
        let dangling = try fixture.archive([fixture.source + "/dangling", fixture.source + "/loop"])
        #expect(dangling.report.problems == [FileSetProblem(path: fixture.source + "/missing", kind: .vanished)])
        #expect(try names(dangling.archive, in: fixture) == ["dangling", "loop"])
    }

    @Test("a missing path is reported and does not stop the others")
    func missing() throws {
        let fixture = try FileSetFixture("touch here")
        let paths = ["absent", "here", "no/such/folder/file"].map { fixture.source + "/" + $0 }
        let (archive, report) = try fixture.archive(paths)
        #expect(try names(archive, in: fixture) == ["here"])
        #expect(report.problems == [FileSetProblem(path: paths[0], kind: .vanished), FileSetProblem(path: paths[2], kind: .vanished)])
    }

    @Test("pipes, sockets and devices are reported by kind and left out")
    func unsupported() throws {
        let fixture = try FileSetFixture("mkfifo pipe; touch file; mknod null c 1 3 2>/dev/null || true")
        let (archive, report) = try fixture.archive()
        #expect(try names(archive, in: fixture) == [fixture.member, "file"])
        #expect(report.problems.first { $0.path.hasSuffix("pipe") }?.kind == .unsupported(what: "pipe"))
        #expect(report.problems.filter { $0.path.hasSuffix("null") }.allSatisfy { $0.kind == .unsupported(what: "device") })
    }

    /// A file that nobody may read: root is stopped only by the kernel's own write-only files.
    private static let unreadableFile: String? = {
        guard geteuid() == 0 else { return "" }
        let found = try? Program.run(
            "sh", ["-c", "find /sys/bus /sys/class -maxdepth 3 -type f -perm 0200 -size +0 2>/dev/null | head -n 1"])
        return found.flatMap { $0.output.isEmpty ? nil : String($0.output.dropLast()) }
    }()

    @Test("a file that cannot be read is reported and left out", .enabled(if: unreadableFile != nil, "root can read every file here"))
    func unreadable() throws {
        let fixture = try FileSetFixture("touch a b; chmod 000 b")
        let paths = [fixture.source] + [Self.unreadableFile].compactMap { $0 }.filter { !$0.isEmpty }
        let (archive, report) = try fixture.archive(paths)
        #expect(try !archive.members().contains { "/" + $0.entry.path == report.problems.first?.path })
        #expect(report.problems.count == 1)
        guard case .unreadable(let reason) = report.problems.first?.kind else {
            Issue.record("\(report.problems)")
            return
        }
        #expect(reason.contains("cannot"))
    }

    @Test(
        "a file that changes while it is read is reported, and its member keeps the announced size",
        arguments: ["echo more >> large", "truncate -s 100 large", "touch large", "chmod 600 large"])
    func changed(_ change: String) throws {
        let fixture = try FileSetFixture("head -c 5000000 /dev/zero | tr '\\0' x > large; touch after; chmod 644 large")
        var steps = 0
        let (archive, report) = try fixture.archive(between: {
            steps += 1
            if steps == 2 { try fixture.run(change) }
        })
        #expect(steps > 3)
        #expect(report.problems == [FileSetProblem(path: fixture.source + "/large", kind: .changed)])
        let members = try archive.members()
        #expect(members.map(\.contents.count) == [0, 0, 5_000_000])
        #expect(members.last?.entry.kind == .file(size: 5_000_000))
        if change.hasPrefix("truncate") { #expect(members.last?.contents.last == 0) }
    }

    @Test("a file that vanishes between listing and opening is reported and left out")
    func vanished() throws {
        let fixture = try FileSetFixture("head -c 3000000 /dev/zero | tr '\\0' x > a; touch b c; mkdir d")
        var isFirst = true
        let (archive, report) = try fixture.archive(between: {
            if isFirst { try fixture.run("rm b; rmdir d; ln -s / d") }
            isFirst = false
        })
        #expect(try names(archive, in: fixture) == [fixture.member, "a", "c", "d"], "a link in the folder's place is not followed")
        #expect(report.problems == [FileSetProblem(path: fixture.source + "/b", kind: .vanished)])
    }

    @Test("a step does not produce much more than a MiB of content")
    func bounded() throws {
        let fixture = try FileSetFixture(
            "head -c 9000000 /dev/urandom > large; for i in $(seq 50); do head -c 300000 /dev/urandom > f$i; done")
        let writer = try ArchiveWriter(compression: .none)
        let files = FileSetWriter(paths: [.init(fixture.source)], excluding: [], into: writer)
        var largest = 0
        while try files.step() { largest = max(largest, writer.takeOutput().count) }
        #expect(largest < 4 << 20)
        #expect(files.report.bytes == 9_000_000 + 50 * 300_000)
    }

    @Test("a report survives JSON")
    func codable() throws {
        let report = FileSetReport(
            files: 1, bytes: 2,
            problems: [
                FileSetProblem(path: "/a", kind: .changed), FileSetProblem(path: "/b", kind: .unreadable(reason: "r")),
                FileSetProblem(path: "/c", kind: .unsupported(what: "w")), FileSetProblem(path: "/d", kind: .vanished),
            ])
        #expect(try JSONDecoder().decode(FileSetReport.self, from: JSONEncoder().encode(report)) == report)
        #expect(
            report.problems.map(\.description) == [
                "/a changed while it was read", "/b cannot be read: r", "/c: w is not kept", "/d is not there",
            ])
    }
}
