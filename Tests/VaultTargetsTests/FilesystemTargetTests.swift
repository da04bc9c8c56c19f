import Foundation
import Glibc
import LabServers
import LocalIO
import SystemPackage
import Testing
import Vault

@testable import VaultTargets

@Suite("a vault in a folder")
struct FilesystemTargetTests {
    let folder: TemporaryFolder
    let root: FilePath
    let target: FilesystemTarget

    init() throws {
        folder = try TemporaryFolder("opsd-target")
        root = FilePath(folder.file("vault"))
        target = FilesystemTarget(root: root)
    }

    @Test("objects have mode 0600 and folders 0700", arguments: [mode_t(0), 0o022, 0o077])
    func modes(_ mask: mode_t) async throws {
        let before = umask(mask)
        defer { umask(before) }
        try await target.makeFolders()
        let name = ObjectName.pack(RandomID())
        try await target.put([1], as: name)
        #expect(try FileStatus(root.appending(name.path)).permissions == [.ownerReadWrite])
        for path in ["", "packs", "packs/00", "packs/ff", "index", "snapshots", "records", "probes"] {
            #expect(try FileStatus(path.isEmpty ? root : root.appending(path)).permissions == [.ownerReadWriteExecute], "\(path)")
        }
    }

    @Test("without a vault every call says that the disk may not be mounted, and makes no folder")
    func notMounted() async throws {
        let name = ObjectName.pack(RandomID())
        #expect(try await target.failure(reading: .vaultDescription) == .notFound)
        #expect(try await target.failure(putting: [1], as: name) == .notFound)
        await #expect { _ = try await target.list(.snapshots) } throws: { error in
            let error = error as? VaultError
            return error?.code == .notFound && error?.remedy.contains("mounted") == true
        }
        #expect(!FileManager.default.fileExists(atPath: root.string))
    }

    /// What may lie in an object's place; none of it is one.
    enum Impostor: String, CaseIterable {
        case folder, symbolicLink, danglingLink, namedPipe

        func make(at path: String, decoy: String) throws {
            switch self {
            case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            case .symbolicLink:
                try Data("secret".utf8).write(to: URL(fileURLWithPath: decoy))
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: decoy)
            case .danglingLink: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: decoy)
            case .namedPipe: #expect(mkfifo(path, 0o600) == 0)
            }
        }
    }

    @Test("what is not a regular file is no object: refused at once, not listed, not replaced, not followed", arguments: Impostor.allCases)
    func impostors(_ impostor: Impostor) async throws {
        try await target.makeFolders()
        let name = ObjectName.record(RandomID())
        let path = root.appending(name.path).string
        try impostor.make(at: path, decoy: folder.file("decoy"))
        #expect(try await target.failure(reading: name) == .corrupt)
        #expect(try await target.failure(reading: name, range: 0..<4) == .corrupt)
        #expect(try await target.list(.records) == [])
        #expect(try await target.failure(putting: [1], as: name) == .exists)
        #expect(try FileStatus(FilePath(path), followingLinks: false).isRegularFile == false)
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.appending("records").string).count == 1)
        if impostor == .danglingLink { #expect(!FileManager.default.fileExists(atPath: folder.file("decoy"))) }
    }

    @Test("an upload that died with its process leaves a temporary file that nobody sees")
    func deadUpload() async throws {
        try await target.makeFolders()
        let name = ObjectName.pack(RandomID())
        let path = root.appending(name.folder.path).appending(".\(name.file).0123456789abcdef.tmp")
        try Data(pattern(100)).write(to: URL(fileURLWithPath: path.string))
        #expect(try await target.list(name.folder) == [])
        try await target.put([7], as: name)
        #expect(try await target.bytes(of: name) == [7])
        #expect(try await target.list(name.folder).count == 1)
    }

    @Test("a folder that may not be written is denied, and the error names it")
    func readOnly() async throws {
        try await target.makeFolders()
        let old = ObjectName.probe(RandomID())
        try await target.put([1], as: old)
        let lock = try ReadOnlyFolder(root.appending("probes").string)
        defer { lock.release() }
        let new = ObjectName.probe(RandomID())
        await #expect { try await target.put([2], as: new) } throws: { error in
            let error = error as? VaultError
            return error?.code == .denied && error?.problem.contains(root.string) == true && error?.isRetryable == false
        }
        await #expect { try await target.delete(old) } throws: { ($0 as? VaultError)?.code == .denied }
        #expect(try await target.bytes(of: old) == [1])
    }

    @Test(
        "a full disk says so, keeps what was stored, and takes more once there is room (skipped where a tmpfs cannot be mounted)",
        .enabled(if: SmallDisk.isPossible))
    func fullDisk() async throws {
        try await target.makeFolders()
        let disk = try SmallDisk(root.appending("probes").string, size: "256k")
        defer { disk.release() }
        let first = ObjectName.probe(RandomID())
        let second = ObjectName.probe(RandomID())
        try await target.put(pattern(100_000), as: first)
        #expect(try await target.failure(putting: pattern(300_000), as: second) == .full)
        #expect(try await target.bytes(of: first) == pattern(100_000))
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.appending("probes").string) == [first.file])
        try await target.delete(first)
        #expect(try await target.failure(putting: pattern(200_000), as: second) == nil)
    }

    @Test(
        "each failure of the file system has its code",
        arguments: [
            (Errno.noSuchFileOrDirectory, VaultError.Code.notFound), (.fileExists, .exists), (.permissionDenied, .denied),
            (.readOnlyFileSystem, .denied), (.noSpace, .full), (.diskQuotaExceeded, .full), (.ioError, .unavailable),
            (.staleNFSFileHandle, .unavailable),
        ])
    func codes(_ errno: Errno, _ code: VaultError.Code) {
        let error = VaultError(LocalIOError("write", "/vault/x", errno), at: "/vault")
        #expect(error.code == code)
        #expect(error.problem.contains("/vault/x"))
        #expect(error.isRetryable == (code == .unavailable))
    }
}

/// A file system of a few pages over a folder.
private struct SmallDisk {
    private let path: String

    /// Mounting needs root, and a system that lets it.
    static let isPossible: Bool = {
        // Where no folder can be made or the mount fails, the test is skipped by its name.
        guard geteuid() == 0, let folder = try? TemporaryFolder("opsd-mount") else { return false }
        guard let disk = try? SmallDisk(folder.path, size: "64k") else { return false }  // the same
        disk.release()
        return true
    }()

    init(_ path: String, size: String, options: String = "") throws {
        try Program.succeed("mount", ["-t", "tmpfs", "-o", "size=\(size)\(options)", "none", path])
        self.path = path
    }

    func release() {
        // A mount that stays is removed with the machine; nothing else can be done about it here.
        _ = try? Program.succeed("umount", [path])
    }
}

/// A folder in which nobody may write, not even root: by its mode, or by a read-only mount over it.
private struct ReadOnlyFolder {
    private let path: String

    init(_ path: String) throws {
        self.path = path
        guard geteuid() == 0 else {
            chmod(path, 0o500)
            return
        }
        try Program.succeed("mount", ["--bind", path, path])
        try Program.succeed("mount", ["-o", "remount,ro,bind", path])
    }

    func release() {
        guard geteuid() == 0 else {
            chmod(path, 0o700)
            return
        }
        // As above.
        _ = try? Program.succeed("umount", [path])
    }
}
