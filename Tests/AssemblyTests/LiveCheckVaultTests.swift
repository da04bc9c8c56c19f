import Foundation
import LabServers
import OCIImage
import SSHSignature
import SystemPackage
import Testing
import Vault
import VaultTargets

@testable import Assembly

@Suite("trying a vault")
struct LiveCheckVaultTests {
    @Test("without a vault, or with another one than before, no probe is written")
    func wrongVault() async throws {
        let host = try await LiveCheckHost.make()
        let missing = try await host.check(replacing: [host.folder.file("vault"): host.folder.file("elsewhere")])
        let row = try missing.only(.vault)
        #expect(row.result.text == "failed" && row.remedy?.contains("opsd vault init --vault main") == true)
        #expect(try missing.exitCode == 69 && missing.only(.probe).result == .skipped)
        #expect(!FileManager.default.fileExists(atPath: host.folder.file("elsewhere")))

        _ = try await host.installation().openVault("main")
        let other = try await LiveCheckHost.make()
        let exchanged = try await host.check(replacing: [host.folder.file("vault"): other.folder.file("vault")])
        #expect(exchanged.exitCode == 78)
        #expect(try exchanged.only(.vault).detail.contains("until now"))
        #expect(try exchanged.only(.probe).result == .skipped && other.names("vault/probes") == [])
    }

    @Test("a description that is damaged or of another format is a failure with its place")
    func description() async throws {
        let host = try await LiveCheckHost.make()
        try host.write(Array("{}".utf8), to: "vault/vault.json")
        let report = try await host.check()
        #expect(report.exitCode == 1)
        #expect(try report.only(.vault).detail.contains("vault.json"))
    }

    @Test(
        "a key file that is open to others, missing, or no key is a failure of the configuration", arguments: ["open", "missing", "other"])
    func keys(what: String) async throws {
        let host = try await LiveCheckHost.make()
        let key = host.folder.file("keys/signing-key")
        switch what {
        case "open": chmod(key, 0o644)
        case "missing": try FileManager.default.removeItem(atPath: key)
        default: try host.write(Array("no key".utf8), to: "keys/signing-key")
        }
        let report = try await host.check()
        let row = try report.only(.keys)
        #expect(report.exitCode == 78 && row.result.text == "failed" && row.detail.contains(key))
        let remedies = ["open": "chmod 0600", "missing": "opsd vault init", "other": "opsd vault init"]
        #expect(row.remedy?.contains(try #require(remedies[what])) == true)
        #expect(try report.only(.vault).result == .ok && report.only(.probe).result == .skipped)
        #expect(report.troubled == [.keys])
    }

    @Test("a credential outside the unit says how to get it")
    func credential() async throws {
        let host = try await LiveCheckHost.make()
        let change = [host.folder.file("keys/signing-key"): "signing-key"]
        let row = try await host.check(replacing: change).only(.keys)
        #expect(row.result.text == "failed" && row.remedy?.contains("CREDENTIALS_DIRECTORY=/run/credentials/opsd.service") == true)
        #expect(
            try await host.check(replacing: change, environment: ["CREDENTIALS_DIRECTORY": host.folder.file("keys")]).only(.keys).result
                == .ok)
    }

    @Test("a host that writes no backups writes no probe")
    func reader() async throws {
        let host = try await LiveCheckHost.make()
        let signer = try #require(try host.installation().vaultKeys(host.installation().vaultSection("main")).signers.first).text
        let text = host.text().replacing(/[ ]+(recipients|signing_key_file|catalog_identity_file):.*\n/, with: "")
        let reader = text.replacing("  main:\n", with: "  main:\n    signers: [\"\(signer)\"]\n")
        let report = await Installation(
            try Configuration.parse(reader, file: "opsd.yaml"), environment: [:], wallclock: host.clock
        ).liveChecks()
        #expect(try report.only(.probe).result == .skipped && report.only(.recipients).result == .skipped)
        #expect(report.exitCode == 0)
        #expect(try host.names("vault/probes") == [] && host.names("state") == [])
    }
}

@Suite("probes of a vault")
struct VaultProbeTests {
    private let host: LiveCheckHost

    init() async throws { host = try await LiveCheckHost.make() }

    private var root: FilePath { FilePath(host.folder.file("vault")) }
    private var memory: FilePath { FilePath(host.folder.file("state/probe-main.json")) }

    private func probe(_ behaviour: OddTarget.Behaviour = .init()) async -> LiveCheck {
        let rows = await rows(behaviour)
        #expect(rows.count == 1)
        return rows[0]
    }

    private func rows(_ behaviour: OddTarget.Behaviour = .init(), memory: FilePath? = nil) async -> [LiveCheck] {
        let target = OddTarget(base: FilesystemTarget(root: root), behaviour: behaviour)
        return await VaultProbe(target: target, name: "main", memory: memory ?? self.memory, wallclock: host.clock).rows()
    }

    @Test("it is written, read back and deleted once a day, and the day is a day whatever the time of the first")
    func daily() async throws {
        #expect(await probe().detail.hasSuffix("deleted"))
        host.clock.advance(by: 86_399)
        let again = await probe()
        #expect(again.result == .skipped && again.detail.hasPrefix("probed at 2026-01-01T00:00:00Z, not repeated"))
        host.clock.advance(by: 1)
        #expect(await probe().result == .ok)
        #expect(try host.names("vault/probes") == [])
    }

    @Test("on a target that only adds it stays, is read again on the same day, and no second one is made")
    func appendOnly() async throws {
        let first = await probe(.init(refusesDeleting: true))
        #expect(first.result == .ok && first.detail.contains("only adds"))
        let names = try host.names("vault/probes")
        #expect(names.count == 1)
        host.clock.advance(by: 3600)
        let again = await probe(.init(refusesDeleting: true))
        #expect(again.result == .ok && again.detail.contains("was read again, hash right"))
        #expect(try host.names("vault/probes") == names)
        host.clock.advance(by: 86_400)
        _ = await probe(.init(refusesDeleting: true))
        #expect(try host.names("vault/probes").count == 2)
    }

    @Test("bytes that come back changed are damage, on the first reading and on a later one")
    func damaged() async throws {
        let first = await probe(.init(refusesDeleting: true, altersReading: true))
        guard case .failed(.damaged, _) = first.result else {
            Issue.record("\(first)")
            return
        }
        #expect(await probe(.init(refusesDeleting: true)).result == .ok)
        let name = try #require(try host.names("vault/probes").first)
        try host.write([1, 2, 3], to: "vault/probes/\(name)")
        let later = await probe(.init(refusesDeleting: true))
        #expect(later.result.text == "failed" && later.detail.contains(name))
    }

    @Test("a probe that could not be written does not use up the day")
    func unwritten() async throws {
        let refused = await probe(.init(refusesWriting: true))
        #expect(refused.result.text == "failed" && refused.detail.contains("full"))
        #expect(!FileManager.default.fileExists(atPath: memory.string))
        #expect(await probe().result == .ok)
    }

    @Test("a memory that cannot be written or read is no word against the vault, and nothing is written into it")
    func noMemory() async throws {
        try host.write([1], to: "occupied")
        let unwritten = await rows(memory: FilePath(host.folder.file("occupied/deep/probe-main.json")))
        #expect(unwritten.map(\.name) == [.probe] && unwritten[0].result == .skipped)
        #expect(unwritten[0].detail.hasPrefix("not written, since the state directory cannot remember it: "), "\(unwritten)")
        try FileManager.default.createDirectory(atPath: memory.string, withIntermediateDirectories: false)
        let unread = await rows()
        #expect(unread.map(\.name) == [.stateDirectory, .probe] && unread.map(\.result.text) == ["warning", "skipped"])
        #expect(unread[0].target == memory.string && unread[0].remedy?.contains("\(memory)") == true)
        #expect(try host.names("vault/probes") == [])
    }

    @Test("one that is remembered and gone is not repeated, and says so")
    func gone() async throws {
        _ = await probe(.init(refusesDeleting: true))
        for name in try host.names("vault/probes") { try FileManager.default.removeItem(atPath: host.folder.file("vault/probes/\(name)")) }
        let row = await probe()
        #expect(row.result == .skipped && row.detail.contains("is gone"))
        #expect(try host.names("vault/probes") == [])
    }

    @Test("a clock that was ahead, or a memory that is torn, costs no day")
    func oddMemory() async throws {
        host.clock.advance(by: 365 * 86_400)
        _ = await probe()
        host.clock.advance(by: -365 * 86_400)
        #expect(await probe().result == .ok)
        try host.write(Array("{\"writ".utf8), to: "state/probe-main.json")
        #expect(await probe().result == .ok)
    }

    @Test("a folder that is gone is a failure with a remedy, and the next check tries again")
    func noFolder() async throws {
        try FileManager.default.removeItem(atPath: host.folder.file("vault/probes"))
        let row = await probe()
        #expect(row.result.text == "failed" && row.remedy?.isEmpty == false)
        try FileManager.default.createDirectory(atPath: host.folder.file("vault/probes"), withIntermediateDirectories: false)
        #expect(await probe().result == .ok)
    }
}

/// A target with whims.
private struct OddTarget: BlobTarget {
    struct Behaviour {
        var refusesDeleting = false
        var refusesWriting = false
        var altersReading = false
    }

    let base: FilesystemTarget
    let behaviour: Behaviour

    var location: String { base.location }

    func makeFolders() async throws { try await base.makeFolders() }

    func upload(_ name: ObjectName) async throws -> sending any ObjectUpload {
        if behaviour.refusesWriting { throw VaultError(.full, "the disk is full", remedy: "make room") }
        return try await base.upload(name)
    }

    func download(_ name: ObjectName, range: Range<Int64>?) async throws -> sending any ObjectDownload {
        if behaviour.altersReading { return Zeros() }
        return try await base.download(name, range: range)
    }

    func list(_ folder: ObjectFolder) async throws -> [ObjectInfo] { try await base.list(folder) }

    func delete(_ name: ObjectName) async throws {
        if behaviour.refusesDeleting { throw VaultError(.denied, "this target only adds") }
        try await base.delete(name)
    }

    private final class Zeros: ObjectDownload {
        private var isRead = false

        func next() async throws -> [UInt8]? {
            defer { isRead = true }
            return isRead ? nil : [UInt8](repeating: 0, count: 4096)
        }
    }
}
