import LabServers
import SystemPackage
import Testing
import Vault
import VaultLab
import VaultTargets

@Suite("a faulty target goes wrong exactly as it was told")
struct FaultyTargetTests {
    let folder: TemporaryFolder
    let base: FilesystemTarget
    let faulty: FaultyTarget
    let name = ObjectName.probe(RandomID())

    init() async throws {
        folder = try TemporaryFolder("opsd-target")
        base = FilesystemTarget(root: FilePath(folder.file("vault")))
        try await base.makeFolders()
        faulty = FaultyTarget(base)
    }

    @Test("the calls of a small object are counted in order")
    func counting() async throws {
        try await faulty.put([1, 2], as: name)
        _ = try await faulty.bytes(of: name)
        #expect(faulty.calls == [.upload(name), .write(name), .finish(name), .download(name), .read(name), .read(name), .read(name)])
    }

    @Test("a call that fails has no effect, and the next ones work", arguments: 1...3)
    func failing(_ call: Int) async throws {
        faulty.arm(.fail(call: call))
        #expect(try await faulty.failure(putting: [1, 2], as: name) == .unavailable)
        #expect(try await base.list(.probes) == [])
        #expect(try await faulty.failure(putting: [1, 2], as: name) == nil)
        #expect(try await base.bytes(of: name) == [1, 2])
    }

    @Test("the object is there only if the process died after its end", arguments: 1...3)
    func dying(_ call: Int) async throws {
        faulty.arm(.dieBefore(call: call))
        #expect(try await faulty.failure(putting: [1, 2], as: name) == .unavailable)
        #expect(try await base.failure(reading: name) == .notFound)
        faulty.arm(.dieAfter(call: call))
        #expect(try await faulty.failure(putting: [1, 2], as: name) == .unavailable)
        #expect(try await base.failure(reading: name) == (call == 3 ? nil : .notFound))
        #expect(try await faulty.failure(reading: name) == .unavailable)
        faulty.arm(nil)
        #expect(try await faulty.failure(reading: name) == (call == 3 ? nil : .notFound))
    }

    @Test("a torn write leaves no object")
    func tearing() async throws {
        faulty.arm(.tear(call: 1))
        #expect(try await faulty.failure(putting: [1, 2, 3, 4], as: name) == .unavailable)
        #expect(try await base.list(.probes) == [])
        #expect(try await faulty.failure(putting: [1], as: .probe(RandomID())) == .unavailable)
    }

    @Test("a dropped upload is reported as durable, and is not there")
    func dropping() async throws {
        faulty.arm(.drop(call: 1))
        #expect(try await faulty.failure(putting: [1, 2], as: name) == nil)
        #expect(try await base.failure(reading: name) == .notFound)
        #expect(try await faulty.failure(putting: [1, 2], as: name) == nil)
        #expect(try await base.bytes(of: name) == [1, 2])
    }
}
