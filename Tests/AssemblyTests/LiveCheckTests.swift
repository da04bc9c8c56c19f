import Foundation
import Glibc
import LabServers
import LocalIO
import SystemPackage
import Testing

@testable import Assembly

@Suite("trying what a configuration names")
struct LiveCheckTests {
    @Test("a sound host is fine in every row, and nothing stays but the memory of the probe")
    func sound() async throws {
        let host = try await LiveCheckHost.make()
        let report = try await host.check()
        #expect(report.checks.allSatisfy { $0.result == .ok }, "\(report.checks)")
        #expect(report.exitCode == 0)
        #expect(
            report.checks.map(\.name) == [
                .account, .stateDirectory, .controlSocket, .listen, .storage, .files, .vault, .keys, .recipients, .probe,
            ])
        #expect(try report.only(.recipients).detail.hasPrefix("1 recipient "))
        #expect(try report.only(.keys).detail == "readable: signing key, catalog identity, 1 trusted signer")
        #expect(try host.names("vault/probes") == [])
        #expect(try host.names("state") == ["probe-main.json"])
        #expect(try host.names("run") == [])
    }
    @Test("Harbor's credential that only the unit has is said to be so, and there is no row without the section")
    func harbor() async throws {
        let host = try await LiveCheckHost.make()
        let report = try await host.check(
            adding: "harbor: {url: \"https://registry.example.com\", username: robot, password_file: harbor-password}\n")
        #expect(report.troubled == [.harborAccount] && report.exitCode == 78)
        #expect(try report.only(.harborAccount).remedy?.contains("CREDENTIALS_DIRECTORY") == true)
        #expect(try await host.check()[.harborAccount].isEmpty)
    }

    // MARK: - State and sockets

    @Test("a state directory that is not there is a warning, and a file in its place a failure")
    func stateDirectory() async throws {
        let host = try await LiveCheckHost.make()
        let missing = try await host.check(replacing: [host.folder.file("state"): host.folder.file("later")])
        #expect(try missing.only(.stateDirectory).result.text == "warning")
        #expect(missing[.account].isEmpty)
        try host.write([1], to: "occupied")
        let occupied = try await host.check(replacing: [host.folder.file("state"): host.folder.file("occupied")])
        let row = try occupied.only(.stateDirectory)
        #expect(row.result.text == "failed" && row.detail.contains("occupied"))
        #expect(occupied.exitCode == 78)
        // What cannot be remembered is not written, and the vault is not blamed.
        #expect(occupied.troubled == [.stateDirectory], "\(occupied.checks)")
        #expect(try occupied.only(.probe).result == .skipped && host.names("vault/probes") == [])
    }

    @Test(
        "a state directory that cannot be written has the remedy of its reason, and full and read-only are out of reach",
        arguments: [
            (Errno.noSpace, "free space", 69), (.diskQuotaExceeded, "quota", 69), (.readOnlyFileSystem, "ReadWritePaths=", 69),
            (.permissionDenied, "0700", 78), (.notPermitted, "0700", 78),
        ])
    func unwritable(errno: Errno, remedy: String, exitCode: Int32) throws {
        let error = LocalIOError("create", "/var/lib/opsd/x", errno)
        let row = LiveCheck(.stateDirectory, "/var/lib/opsd", failedWith: error, remedy: Installation.stateRemedy(error, "/var/lib/opsd"))
        #expect(row.remedy?.contains(remedy) == true && LiveCheckReport(checks: [row]).exitCode == exitCode)
    }

    @Test("root that checks for another user is told so", .enabled(if: geteuid() == 0, "needs root"))
    func account() async throws {
        let host = try await LiveCheckHost.make()
        chown(host.folder.file("state"), 65534, 65534)
        let row = try await host.check().only(.account)
        #expect(row.result.text == "warning" && row.detail.contains("65534"))
        #expect(row.remedy?.contains("--uid=65534") == true)
        // What the check leaves is the daemon's.
        #expect(try FileStatus(FilePath(host.folder.file("state/probe-main.json"))).owner == 65534)
    }

    @Test("a socket's folder that is missing or open to everybody is a warning")
    func socketFolder() async throws {
        let host = try await LiveCheckHost.make()
        chmod(host.folder.file("run"), 0o755)
        let open = try await host.check().only(.controlSocket)
        #expect(open.result.text == "warning" && open.detail.contains("0755"))
        #expect(open.remedy?.contains("chmod 0750 \(host.folder.file("run"))") == true)
        let missing = try await host.check(replacing: [host.folder.file("run"): host.folder.file("none")]).only(.controlSocket)
        #expect(missing.result.text == "warning" && missing.detail.contains("does not exist"))
    }

    @Test("a daemon that answers is fine, a socket without one a warning, anything else in its place a failure")
    func socket() async throws {
        let host = try await LiveCheckHost.make()
        let path = host.folder.file("run/control.sock")
        let server = try ListeningSocket(path: path)
        let answered = try await host.check()
        #expect(try answered.only(.controlSocket).result == .ok && answered.only(.controlSocket).detail == "a daemon answers")
        server.stop()
        #expect(try await host.check().only(.controlSocket).result.text == "warning")
        unlink(path)
        try host.write([1], to: "run/control.sock")
        let foreign = try await host.check()
        #expect(try foreign.only(.controlSocket).result.text == "failed" && foreign.exitCode == 78)
    }

    @Test("a port in use is a warning, and fine where the daemon answers, which then uses it")
    func listen() async throws {
        let host = try await LiveCheckHost.make()
        let server = try ListeningSocket()
        let free = try #require(host.text().firstMatch(of: /listen: (.*)\n/)).1
        let taken = try await host.check(replacing: [String(free): "127.0.0.1:\(server.port)"])
        #expect(try taken.only(.listen).result.text == "warning" && taken.exitCode == 0)
        let daemon = try ListeningSocket(path: host.folder.file("run/control.sock"))
        let own = try await host.check(replacing: [String(free): "127.0.0.1:\(server.port)"])
        #expect(try own.only(.listen).result == .ok && own.only(.listen).detail.contains("control.sock"))
        daemon.stop()
        server.stop()
    }

    // MARK: - Storage and files

    @Test("a blob that is not what its name says is damage")
    func rotten() async throws {
        let host = try await LiveCheckHost.make()
        let digest = try #require(try await host.check().only(.storage).detail.firstMatch(of: /sha256:([0-9a-f]{64})/)).1
        try host.write(Array("something else".utf8), to: "registry/docker/registry/v2/blobs/sha256/\(digest.prefix(2))/\(digest)/data")
        let report = try await host.check()
        #expect(try report.only(.storage).result.text == "failed" && report.only(.storage).detail.contains("\(digest)"))
        #expect(report.exitCode == 1 && report.troubled == [.storage])
    }

    @Test("a registry without a blob is a warning, a folder that is none is out of reach, and the rest is tried all the same")
    func storage() async throws {
        let host = try await LiveCheckHost.make()
        try FileManager.default.removeItem(atPath: host.folder.file("registry/docker/registry/v2/blobs"))
        let empty = try await host.check()
        #expect(try empty.only(.storage).result.text == "warning" && empty.exitCode == 0)
        try FileManager.default.removeItem(atPath: host.folder.file("registry/docker"))
        let gone = try await host.check()
        #expect(gone.exitCode == 69 && gone.troubled == [.storage])
        #expect(try gone.only(.storage).remedy?.contains("storage.filesystem") == true)
    }

    @Test("paths of file sets are rows of their own; a missing one is a failure, a pipe is not opened")
    func files() async throws {
        let host = try await LiveCheckHost.make()
        mkfifo(host.folder.file("config/pipe"), 0o600)
        try host.write([1], to: "config/deep/er/file")
        let config = host.folder.file("config")
        let missingPath = host.folder.file("none")
        let report = try await host.check(replacing: ["paths: [\(config)]": "paths: [\(config), \(missingPath)]"])
        #expect(report[.files].map(\.target) == [config, missingPath])
        #expect(report[.files].first?.detail == "set config: 5 entries are readable")
        let missing = try #require(report[.files].last)
        #expect(missing.result.text == "failed" && missing.remedy?.contains("files.config.paths") == true)
        #expect(report.exitCode == 78 && report.troubled == [.files])
    }

    @Test("a harbor.yml that is no YAML is a warning with its place")
    func harborYAML() async throws {
        let host = try await LiveCheckHost.make()
        try host.write(Array("a: [".utf8), to: "config/harbor.yml")
        let config = host.folder.file("config")
        let report = try await host.check(replacing: ["paths: [\(config)]": "paths: [\(config)/harbor.yml]"])
        #expect(report[.files].map(\.result.text) == ["ok", "warning"] && report.exitCode == 0)
    }

    // MARK: - Time

    @Test("a database that accepts and says nothing is given up at the limit, and everything else is still checked")
    func silentDatabase() async throws {
        let host = try await LiveCheckHost.make()
        let server = try ListeningSocket()
        let report = try await host.check(adding: "database: {host: 127.0.0.1, port: \(server.port), user: opsd}\n", limit: .seconds(2))
        let row = try report.only(.database)
        #expect(row.detail == "no answer within 2s, given up" && report.exitCode == 69)
        #expect(report.troubled == [.database])
        server.stop()
    }

    @Test("a thread that is stuck in the kernel is left behind; work that ends is not waited for a limit")
    func stuck() async throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        let answer = await TimeLimit.run(.seconds(3600), clock: HastyClock()) {
            var byte: UInt8 = 0
            return read(reading, &byte, 1)
        }
        #expect(answer == nil)
        // Lets the thread go. The pipe stays open: the thread may still use its number.
        #expect(write(writing, [1], 1) == 1)
        #expect(await TimeLimit.run(.seconds(3600), clock: ContinuousClock()) { 7 } == 7)
    }

    @Test("a caller that is cancelled waits no longer")
    func cancelled() async throws {
        let isThrough = await withTaskGroup(of: Int?.self) { group in
            group.addTask {
                await TimeLimit.run(.seconds(3600), clock: ContinuousClock()) {
                    // Ends at the cancellation that follows.
                    try? await ContinuousClock().sleep(for: .seconds(3600))
                    return 1
                }
            }
            group.cancelAll()
            return await group.next() ?? 2
        }
        #expect(isThrough == nil || isThrough == 1)
    }
}

/// A server that accepts connections in the kernel and never answers.
private final class ListeningSocket {
    let port: Int
    private let descriptor: Int32

    /// On a free port of loopback.
    init() throws {
        descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = descriptor
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(fd, generic, size) == 0 && Glibc.listen(fd, 8) == 0 && getsockname(fd, generic, &size) == 0
            }
        }
        guard bound else { throw LabError(.system, "cannot listen on loopback") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// On a path.
    init(path: String) throws {
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        port = 0
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let fd = descriptor
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(fd, generic, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && Glibc.listen(fd, 8) == 0
            }
        }
        guard bound else { throw LabError(.system, "cannot listen on \(path)") }
    }

    func stop() { close(descriptor) }
}
