import CurlTransport
import Foundation
import Glibc
import HarborAPI
import JobEngine
import LabServers
import LocalIO
import Programs
import Retention
import SystemPackage
import Testing
import Upkeep

@testable import Assembly

@Suite("jobs of the registry's upkeep")
struct UpkeepAssemblyTests {
    private func installation(_ more: String = "", folder: TemporaryFolder? = nil, url: String = "https://registry.example.com") throws
        -> Installation
    {
        let state = folder.map { "state_directory: \($0.file("state"))\n" } ?? ""
        let text = """
            harbor: {url: "\(url)", username: "robot$opsd", password_file: harbor-robot}
            database: {host: 127.0.0.1, user: opsd}
            vaults: {main: {target: {filesystem: /v}, signing_key_file: /k}}
            \(state)\(more)
            """
        return Installation(try Configuration.parse(text, file: "opsd.yaml"), environment: [:], wallclock: SettableClock())
    }

    @Test(
        "the registry is named as references spell it",
        arguments: [
            ("https://registry.example.com", "registry.example.com"), ("https://registry.example.com:443", "registry.example.com"),
            ("https://registry.example.com:8443", "registry.example.com:8443"), ("http://127.0.0.1:80", "127.0.0.1"),
            ("http://127.0.0.1:443", "127.0.0.1:443"), ("https://[::1]:5000", "[::1]:5000"), ("https://[::1]", "[::1]"),
        ])
    func registry(url: String, name: String) throws {
        #expect(try installation(url: url).configuration.harbor?.registry == name)
    }

    @Test("without a credential there is no access, and the section that is missing is named")
    func access() throws {
        #expect(throws: ConfigurationError.self) { try installation().harborAccess() }
        let bare = Installation(
            try Configuration.parse("vaults: {main: {target: {filesystem: /v}, signing_key_file: /k}}\n", file: "opsd.yaml"),
            environment: [:])
        let error = #expect(throws: RequestError.self) { try bare.harborClient() }
        #expect(error?.code == .configuration && error?.problem.contains("'harbor:'") == true)
    }

    @Test("a hold that is not known is not undone, and one without a credential is tried again later")
    func undo() async throws {
        let runner = InstallationRunner(try installation())
        await #expect(throws: RequestError.self) { try await runner.undo(hold: "something") }
        await #expect(throws: ConfigurationError.self) { try await runner.undo(hold: "gc") }
    }

    @Test(
        "a refusal of the upkeep's ends with 3, what is out of reach with 69, a configuration with 78, all else with 1",
        arguments: [
            (UpkeepError.Code.refused(.pinsStale), 3), (.configuration, 78), (.unreachable, 69), (.notFound, 1), (.corrupt, 1),
            (.failed, 1),
        ] as [(UpkeepError.Code, Int32)])
    func upkeepStatus(code: UpkeepError.Code, status: Int32) { #expect(ExitCode.after(UpkeepError(code, "x")) == status) }

    @Test(
        "Harbor out of reach, for nobody too, ends with 69, a missing right with 78, all else with 1",
        arguments: [
            (HarborAPIError.Code.unreachable, 69), (.unauthorized, 69), (.unavailable, 69), (.forbidden, 78), (.needsAdministrator, 78),
            (.conflict, 1), (.readOnly, 1),
        ] as [(HarborAPIError.Code, Int32)])
    func harborStatus(code: HarborAPIError.Code, status: Int32) {
        #expect(ExitCode.after(HarborAPIError(code, "x", remedy: "y")) == status)
    }

    @Test("holds, patterns, rules, programs and transfers have their statuses")
    func otherStatuses() {
        #expect(ExitCode.after(RetentionError(.malformedHold, "x", remedy: "y")) == 64)
        #expect(ExitCode.after(RetentionError(.malformedPattern, "x", remedy: "y")) == 78)
        #expect(ExitCode.after(RetentionError(.unknownRule, "x", remedy: "y")) == 1)
        #expect(ExitCode.after(ProgramError(.notFound, "x")) == 78)
        #expect(ExitCode.after(ProgramError(.timedOut, "x")) == 1)
        #expect(ExitCode.after(TransportError(.timedOut, "x")) == 69)
        #expect(ExitCode.after(TransportError(.bodyTooLarge, "x")) == 1)
    }

    @Test("a job is found by its kind where it is the only one, else by its name, which must be of that kind")
    func jobs() throws {
        let one = try installation("jobs: {gc: {schedule: manual}, rescan: {schedule: manual}}\n")
        #expect(try one.job(.gc, named: nil).name == "gc")
        #expect(try one.job(.gc, named: "gc").name == "gc")
        let foreign = #expect(throws: RequestError.self) { try one.job(.gc, named: "rescan") }
        let absent = #expect(throws: RequestError.self) { try one.job(.retention, named: nil) }
        #expect(foreign?.code == .usage && absent?.code == .configuration)
        let two = try installation("jobs: {gc: {schedule: manual}, night: {kind: gc, schedule: manual}}\n")
        let error = #expect(throws: RequestError.self) { try two.job(.gc, named: nil) }
        #expect(error?.code == .usage && error?.remedy.contains("gc, night") == true)
    }

    // MARK: - Holds

    @Test("a hold is kept until it is released by any spelling of its target, and by its owner alone where one is named")
    func holds() throws {
        let folder = try TemporaryFolder("opsd-holds", inMemory: true)
        let installation = try installation(folder: folder)
        let end = installation.now.addingTimeInterval(3600)
        let entry = try installation.holdImages("registry.example.com/team/app:1.0", owner: "security", reason: "case 7", until: end)
        #expect("\(entry.hold.target)" == "team/app:1.0")
        _ = try installation.holdImages("team-*/**", owner: "legal", reason: "case 8", until: end)
        #expect(try installation.imageHolds().active(at: installation.now).count == 2)
        let foreign = #expect(throws: RequestError.self) { try installation.releaseImages("team/app:1.0", owner: "legal") }
        #expect(foreign?.code == .notFound)
        #expect(try installation.releaseImages("team/app:1.0", owner: nil).map(\.hold.owner) == ["security"])
        #expect(try installation.releaseImages("team-*/**", owner: "legal").count == 1)
        #expect(try installation.imageHolds().entries.isEmpty)
    }

    @Test(
        "words that would hold nothing are refused",
        arguments: ["nginx", "team/App", "team*", "team/[", "other.example.com/team/app:1", "team/app:1:2", ""])
    func emptyHolds(text: String) throws {
        let folder = try TemporaryFolder("opsd-holds", inMemory: true)
        let installation = try installation(folder: folder)
        let end = installation.now.addingTimeInterval(3600)
        let error = #expect(throws: RequestError.self) { try installation.holdImages(text, owner: "a", reason: "b", until: end) }
        #expect(error?.code == .usage)
        #expect(try installation.imageHolds().entries.isEmpty)
    }

    @Test("a hold needs an owner, a reason, and an end that is yet to come")
    func wholeHolds() throws {
        let folder = try TemporaryFolder("opsd-holds", inMemory: true)
        let installation = try installation(folder: folder)
        let now = installation.now
        for (owner, reason, end) in [(" ", "b", now.addingTimeInterval(1)), ("a", "", now.addingTimeInterval(1)), ("a", "b", now)] {
            #expect(throws: RequestError.self) { try installation.holdImages("team/app", owner: owner, reason: reason, until: end) }
        }
    }

    @Test("what root makes in the daemon's state directory is the daemon's", .enabled(if: geteuid() == 0, "needs root"))
    func owner() throws {
        let folder = try TemporaryFolder("opsd-holds", inMemory: true)
        let installation = try installation(folder: folder)
        try FileManager.default.createDirectory(atPath: folder.file("state"), withIntermediateDirectories: true)
        chown(folder.file("state"), 65534, 65534)
        let end = installation.now.addingTimeInterval(3600)
        _ = try installation.holdImages("team/app", owner: "a", reason: "b", until: end)
        #expect(try FileStatus(FilePath(folder.file("state/holds.json"))).owner == 65534)
        try installation.keepingOwner(of: ["plans", "absent"]) {
            try DurableFile.write([1], to: FilePath(folder.file("state/plans/plan")).makingFolder())
        }
        #expect(try FileStatus(FilePath(folder.file("state/plans"))).owner == 65534)
        #expect(try FileStatus(FilePath(folder.file("state/plans/plan"))).owner == 65534)
    }

    @Test("what lies behind links in that directory stays root's", .enabled(if: geteuid() == 0, "needs root"))
    func links() throws {
        let folder = try TemporaryFolder("opsd-links", inMemory: true)
        for name in ["state/plans", "state/vaults", "roots"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        for name in ["roots/secret", "roots/linked"] { try Data([1]).write(to: URL(filePath: folder.file(name))) }
        chown(folder.file("state"), 65534, 65534)
        symlink(folder.file("roots"), folder.file("state/gc"))
        symlink(folder.file("roots"), folder.file("state/vaults/main"))
        symlink(folder.file("roots/secret"), folder.file("state/plans/link"))
        link(folder.file("roots/linked"), folder.file("state/plans/second"))
        try installation(folder: folder).keepingOwner(of: ["gc", "plans", "vaults", "vaults/main"]) {}
        #expect(try FileStatus(FilePath(folder.file("state/plans"))).owner == 65534)
        for name in ["roots", "roots/secret", "roots/linked", "state/gc"] {
            #expect(try FileStatus(FilePath(folder.file(name)), followingLinks: false).owner == 0, "\(name)")
        }
    }
}

extension FilePath {
    fileprivate func makingFolder() throws -> FilePath {
        try Folder.make(removingLastComponent())
        return self
    }
}
