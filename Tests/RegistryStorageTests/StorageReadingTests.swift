import Foundation
import LabServers
import LocalIO
import OCIImage
import RegistryStorage
import SystemPackage
import Testing

@Suite("Blobs are read from a registry's storage")
struct StorageReadingTests {
    private let folder: TemporaryFolder
    private let root: FilePath

    init() throws {
        folder = try TemporaryFolder("opsd-storage")
        root = FilePath(folder.path).appending("registry")
        try Folder.make(root.appending("docker/registry/v2/blobs"))
    }

    private func place(_ content: [UInt8], _ storage: RegistryStorage) throws -> Digest {
        let digest = Digest(of: content)
        let path = storage.blobPath(digest)
        try Folder.make(path.removingLastComponent())
        try DurableFile.write(content, to: path)
        return digest
    }

    private func code(_ storage: RegistryStorage, _ digest: Digest) -> RegistryStorageError.Code? {
        #expect(throws: RegistryStorageError.self) { _ = try storage.open(digest) }?.code
    }

    @Test("a blob is where distribution puts it, and is read")
    func read() throws {
        let storage = try RegistryStorage(root: root)
        let digest = try place(Array("content".utf8), storage)
        let hex = digest.hex
        #expect(storage.blobPath(digest).string == "\(root)/docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data")
        var buffer: [UInt8] = []
        try storage.open(digest).read(into: &buffer)
        #expect(buffer == Array("content".utf8))
    }

    @Test("a missing blob, an unreadable one and a vanished storage are told apart")
    func absence() throws {
        let storage = try RegistryStorage(root: root)
        let digest = try place([1], storage)
        let missing = Digest(of: [9, 9, 9])
        #expect(code(storage, missing) == .missing)

        let path = storage.blobPath(digest).string
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(code(storage, digest) == .unreadable)

        try FileManager.default.moveItem(atPath: root.string, toPath: root.string + ".away")
        #expect(code(storage, missing) == .storageGone)
        // Another folder under the same name, such as the empty mount point of a disk that dropped out, is not the storage either.
        try Folder.make(root.appending("docker/registry/v2/blobs"))
        #expect(code(storage, missing) == .storageGone)
        let failure = #expect(throws: RegistryStorageError.self) { _ = try storage.open(missing) }
        #expect(failure?.isRetryable == true)
    }

    @Test("a link, a pipe or a socket in place of a blob is refused at once")
    func irregular() throws {
        let storage = try RegistryStorage(root: root)
        let digest = try place(Array("x".utf8), storage)
        let path = storage.blobPath(digest).string
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
        #expect(code(storage, digest) == .unreadable)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/hostname")
        #expect(code(storage, digest) == .unreadable)
        // A part of the path that is a file hides the blob as well as nothing does.
        try FileManager.default.removeItem(at: URL(filePath: path).deletingLastPathComponent())
        try Data().write(to: URL(filePath: path).deletingLastPathComponent())
        #expect(code(storage, digest) == .missing)
    }

    @Test("an empty file is opened, for its hash to tell what it is")
    func emptyFile() throws {
        let storage = try RegistryStorage(root: root)
        let path = storage.blobPath(Digest(of: [1]))
        try Folder.make(path.removingLastComponent())
        try DurableFile.write([], to: path)
        #expect(try storage.open(Digest(of: [1])).size() == 0)
    }

    @Test(
        "a folder that holds no registry is refused, with the right one where it is near",
        arguments: [
            ("registry/docker/registry/v2", true), ("registry/docker", true), ("", true), ("elsewhere", false), ("registry/none", true),
        ])
    func advice(_ name: String, _ isNear: Bool) throws {
        let wrong = name.isEmpty ? FilePath(folder.path) : FilePath(folder.path).appending(name)
        let failure = #expect(throws: RegistryStorageError.self) { try RegistryStorage(root: wrong) }
        #expect(failure?.code == .notARegistry)
        #expect(failure?.description.contains(wrong.string) == true)
        #expect(failure?.remedy.contains("set storage.filesystem to \(root),") == isNear)
    }

    @Test("a file in the place of the registry's folder is no registry")
    func fileInPlace() throws {
        let other = FilePath(folder.path).appending("other")
        try Folder.make(other.appending("docker/registry"))
        try DurableFile.write([], to: other.appending("docker/registry/v2"))
        #expect(throws: RegistryStorageError.self) { try RegistryStorage(root: other) }
    }

    @Test("the live storage is recognised by whatever path, also from inside and from around")
    func sameStorage() throws {
        let storage = try RegistryStorage(root: root)
        let parent = FilePath(folder.path)
        try Folder.make(parent.appending("sibling/deep"))
        try FileManager.default.createSymbolicLink(atPath: parent.appending("alias").string, withDestinationPath: root.string)
        try FileManager.default.createSymbolicLink(
            atPath: parent.appending("into").string, withDestinationPath: root.appending("docker").string)
        for same in [
            root, root.appending("."), root.appending("docker/.."), parent.appending("alias"), parent.appending("into"),
            parent.appending("alias/docker/registry/v2/blobs"), root.appending("new"), root.appending("new/and/deeper"),
            parent.appending("alias/new"), parent, "/", parent.appending("sibling/../registry"),
        ] {
            #expect(storage.isSameStorage(as: same), "\(same)")
        }
        for other in [
            parent.appending("sibling"), parent.appending("sibling/deep"), parent.appending("sibling/new"), parent.appending("registry2"),
            parent.appending("registry2/docker/registry/v2"), "/usr", "/nowhere/at/all",
        ] {
            #expect(!storage.isSameStorage(as: other), "\(other)")
        }
        try FileManager.default.removeItem(atPath: root.string)
        #expect(storage.isSameStorage(as: parent.appending("sibling")), "what cannot be examined counts as the same")
    }
}
