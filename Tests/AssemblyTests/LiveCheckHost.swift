import AgeEncryption
import Foundation
import JobEngine
import LabServers
import LocalIO
import OCIImage
import Synchronization
import SystemPackage
import Testing

@testable import Assembly

/// A host without a database whose configuration can be tried in full: a registry with one blob, a vault with its keys, a file set.
struct LiveCheckHost {
    let folder: TemporaryFolder
    let clock = SettableClock()
    private let recipient = AgeIdentity.make().recipient.text
    private let port: Int

    static let blob = Array("a blob of the registry".utf8)

    /// Makes all files and the vault.
    static func make() async throws -> LiveCheckHost {
        let host = try LiveCheckHost()
        _ = try await host.installation().initializeVault("main")
        return host
    }

    private init() throws {
        folder = try TemporaryFolder("opsd-live", inMemory: true)
        port = try Self.quietPort()
        let digest = Digest(of: Self.blob)
        try write(Self.blob, to: "registry/docker/registry/v2/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)/data")
        try write(Array("hostname: registry.example.com\n".utf8), to: "config/app.conf")
        for name in ["state", "run"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: folder.file(name))
        }
    }

    /// A free port outside the range from which the kernel gives ports to other tests.
    static func quietPort() throws -> Int {
        while true {
            let port = Int.random(in: 20_000..<32_000)
            if try SocketPlace.port(port, host: "127.0.0.1") == .free { return port }
        }
    }

    /// The configuration; `replacing` names pieces of it with what stands in their place.
    func text(replacing changes: [String: String] = [:]) -> String {
        let text = """
            storage: {filesystem: \(folder.file("registry"))}
            files:
              config: {paths: [\(folder.file("config"))]}
            vaults:
              main:
                target: {filesystem: \(folder.file("vault"))}
                recipients: [\(recipient)]
                signing_key_file: \(folder.file("keys/signing-key"))
                catalog_identity_file: \(folder.file("keys/catalog-identity"))
            listen: 127.0.0.1:\(port)
            state_directory: \(folder.file("state"))
            control_socket: \(folder.file("run/control.sock"))

            """
        return changes.reduce(text) { $0.replacing($1.key, with: $1.value) }
    }

    /// An installation with this host's clock and without credentials.
    func installation(
        replacing changes: [String: String] = [:], adding more: String = "", environment: [String: String] = [:]
    ) throws -> Installation {
        Installation(
            try Configuration.parse(text(replacing: changes) + more, file: "opsd.yaml"), environment: environment, wallclock: clock)
    }

    /// Makes all checks, and sees to it that whatever is not fine says what to do.
    func check(
        replacing changes: [String: String] = [:], adding more: String = "", environment: [String: String] = [:],
        limit: Duration = .seconds(60)
    ) async throws -> LiveCheckReport {
        let report = try await installation(replacing: changes, adding: more, environment: environment).liveChecks(limit: limit)
        for check in report.checks {
            #expect(!check.detail.isEmpty && !check.detail.contains("\n") && !check.target.isEmpty, "\(check)")
            #expect(check.remedy?.isEmpty != true, "\(check)")
        }
        return report
    }

    func write(_ bytes: [UInt8], to name: String, mode: Int = 0o600) throws {
        let path = folder.file(name)
        try FileManager.default.createDirectory(
            atPath: FilePath(path).removingLastComponent().string, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    func names(_ name: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.file(name)).sorted() }
}

extension LiveCheckReport {
    /// The rows of one kind.
    subscript(_ name: LiveCheck.Name) -> [LiveCheck] { checks.filter { $0.name == name } }

    /// The only row of a kind.
    func only(_ name: LiveCheck.Name) throws -> LiveCheck {
        try #require(self[name].count == 1, "\(checks)")
        return self[name][0]
    }

    /// Kinds of rows that are not fine.
    var troubled: [LiveCheck.Name] { checks.filter { $0.remedy != nil }.map(\.name) }
}

/// A time of day that a test sets.
final class SettableClock: WallClock {
    private let time = Mutex(Date(timeIntervalSince1970: 1_767_225_600))

    var now: Date { time.withLock { $0 } }

    func advance(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
}

/// A clock on which every wait is over at once.
struct HastyClock: Clock {
    struct Instant: InstantProtocol {
        var offset = Duration.zero
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    var now: Instant { Instant() }
    var minimumResolution: Duration { .nanoseconds(1) }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws { try Task.checkCancellation() }
}
