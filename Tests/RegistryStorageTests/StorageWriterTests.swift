import Foundation
import LabServers
import LocalIO
import OCIImage
import RegistryStorage
import SystemPackage
import Testing

@Suite("Blobs and links are written into a registry's storage")
struct StorageWriterTests {
    private let folder: TemporaryFolder
    private let root: FilePath
    private let repository: RepositoryName

    init() throws {
        folder = try TemporaryFolder("opsd-storage-writer")
        root = FilePath(folder.path).appending("new/registry")
        repository = try RepositoryName(parsing: "team/app")
    }

    private func write(_ content: [UInt8], _ writer: RegistryStorageWriter) throws -> FilePath {
        let digest = Digest(of: content)
        var blob = try writer.beginBlob(digest)
        try blob.write(content)
        try blob.commit()
        return try RegistryStorage(root: root).blobPath(digest)
    }

    @Test("a new storage is one that can be opened")
    func opened() throws {
        let writer = try RegistryStorageWriter(root: root)
        #expect(writer.root == root)
        _ = try RegistryStorage(root: root)
        _ = try RegistryStorageWriter(root: root)
    }

    @Test("content that is not what its digest says never appears", arguments: [0, 10, 2 << 20])
    func mismatch(_ size: Int) throws {
        let writer = try RegistryStorageWriter(root: root)
        let digest = Digest(of: Array("the right content".utf8))
        var blob = try writer.beginBlob(digest)
        try blob.write([UInt8](repeating: 7, count: size))
        var caught: RegistryStorageError?
        do {
            try blob.commit()
        } catch {
            caught = error
        }
        #expect(caught?.code == .digestMismatch)
        #expect(try storedFiles(root).isEmpty)
    }

    @Test("a rotten blob stays until the right one replaces it")
    func replacement() throws {
        let writer = try RegistryStorageWriter(root: root)
        let content = Array("right".utf8)
        let path = try write(content, writer)
        try DurableFile.write(Array("wrong".utf8), to: path, replacing: true)
        #expect(try writer.existingBlob(Digest(of: content), size: 5) == false)
        #expect(try write(content, writer) == path)
        #expect(try FileReader.contents(of: path) == content)
        #expect(try writer.existingBlob(Digest(of: content), size: 5))
    }

    @Test("a dropped blob leaves nothing")
    func dropped() throws {
        let writer = try RegistryStorageWriter(root: root)
        do {
            var blob = try writer.beginBlob(Digest(of: [1]))
            try blob.write([1])
        }
        #expect(try storedFiles(root).isEmpty)
    }

    @Test("what a killed run left behind is removed when its blob or link is written again")
    func leftovers() throws {
        let writer = try RegistryStorageWriter(root: root)
        let path = try write([1, 2, 3], writer)
        let leftover = path.removingLastComponent().appending(".data.1a2b.tmp")
        try DurableFile.write([1], to: leftover)
        _ = try write([1, 2, 3], writer)
        try writer.writeLinks(repository: repository, revisions: [], layers: [Digest(of: [1])], tags: [])
        let link = root.appending("docker/registry/v2/repositories/team/app/_layers/sha256/\(Digest(of: [1]).hex)")
        try DurableFile.write([1], to: link.appending(".link.ff.tmp"))
        try DurableFile.write([], to: link.appending("link"), replacing: true)
        try writer.writeLinks(repository: repository, revisions: [], layers: [Digest(of: [1])], tags: [])
        #expect(try storedFiles(root).keys.allSatisfy { !$0.hasSuffix(".tmp") })
    }

    @Test("an existing blob is right only with its whole content")
    func existing() throws {
        let writer = try RegistryStorageWriter(root: root)
        let content = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 >> 3) }
        let digest = Digest(of: content)
        #expect(try !writer.existingBlob(digest, size: nil))
        let path = try write(content, writer)
        #expect(try writer.existingBlob(digest, size: nil))
        #expect(try writer.existingBlob(digest, size: Int64(content.count)))
        #expect(try !writer.existingBlob(digest, size: 1))
        try DurableFile.write(Array(content.dropLast()), to: path, replacing: true)
        #expect(try !writer.existingBlob(digest, size: nil))
        try FileManager.default.removeItem(atPath: path.string)
        try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: "/etc/hostname")
        #expect(try !writer.existingBlob(digest, size: nil))
        #expect(try write(content, writer) == path)
        #expect(try FileStatus(path, followingLinks: false).isRegularFile)
    }

    @Test("modes are those asked for, whatever the umask takes away")
    func modes() throws {
        let writer = try RegistryStorageWriter(
            root: root, filePermissions: FilePermissions(rawValue: 0o664), folderPermissions: FilePermissions(rawValue: 0o775))
        let path = try write([4], writer)
        #expect(try FileStatus(path).permissions.rawValue == 0o664)
        try writer.writeLinks(
            repository: repository, revisions: [Digest(of: [4])], layers: [], tags: [(TagName(parsing: "t"), Digest(of: [4]))])
        var folder = path.removingLastComponent()
        while folder != root.removingLastComponent() {
            #expect(try FileStatus(folder).permissions.rawValue == 0o775, "\(folder)")
            folder.removeLastComponent()
        }
    }

    @Test("everything belongs to the owner that was named (only root may give files away)", .enabled(if: geteuid() == 0))
    func owner() throws {
        let writer = try RegistryStorageWriter(root: root, owner: (10000, 10001))
        _ = try write([4], writer)
        try writer.writeLinks(
            repository: repository, revisions: [Digest(of: [4])], layers: [], tags: [(TagName(parsing: "t"), Digest(of: [4]))])
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.string)
        #expect(names.count > 12)
        for name in names {
            let status = try FileStatus(root.appending(name))
            #expect(status.owner == 10000 && status.group == 10001, "\(name)")
            #expect(status.permissions.rawValue == (status.isFolder ? 0o755 : 0o644), "\(name)")
        }
    }

    @Test("links hold the digest and nothing else, and a tag that moved points to its new image")
    func links() throws {
        let writer = try RegistryStorageWriter(root: root)
        let (old, new) = (Digest(of: [1]), Digest(of: [2], algorithm: .sha512))
        let tag = try TagName(parsing: "v1")
        for digest in [old, new, new] {
            try writer.writeLinks(repository: repository, revisions: [digest], layers: [digest], tags: [(tag, digest)])
        }
        let base = "docker/registry/v2/repositories/team/app"
        let files = try storedFiles(root).mapValues { String(decoding: $0, as: UTF8.self) }
        #expect(
            files == [
                "\(base)/_layers/sha256/\(old.hex)/link": old.description,
                "\(base)/_layers/sha512/\(new.hex)/link": new.description,
                "\(base)/_manifests/revisions/sha256/\(old.hex)/link": old.description,
                "\(base)/_manifests/revisions/sha512/\(new.hex)/link": new.description,
                "\(base)/_manifests/tags/v1/index/sha256/\(old.hex)/link": old.description,
                "\(base)/_manifests/tags/v1/index/sha512/\(new.hex)/link": new.description,
                "\(base)/_manifests/tags/v1/current/link": new.description,
            ])
    }

    @Test("a link that is right is not written again")
    func untouched() throws {
        let writer = try RegistryStorageWriter(root: root)
        let digest = Digest(of: [1])
        let link = root.appending("docker/registry/v2/repositories/team/app/_layers/sha256/\(digest.hex)/link")
        try writer.writeLinks(repository: repository, revisions: [], layers: [digest], tags: [])
        let before = try FileStatus(link)
        try writer.writeLinks(repository: repository, revisions: [], layers: [digest], tags: [])
        #expect(try FileStatus(link).isSameFile(as: before))
    }

    @Test("a link that leads out of the storage is not followed")
    func symbolicLink() throws {
        let writer = try RegistryStorageWriter(root: root)
        let outside = FilePath(folder.path).appending("outside")
        try Folder.make(outside)
        let digest = Digest(of: [1])
        let prefix = root.appending("docker/registry/v2/blobs/sha256/\(digest.hex.prefix(2))")
        try Folder.make(prefix)
        try FileManager.default.createSymbolicLink(atPath: prefix.appending(digest.hex).string, withDestinationPath: outside.string)
        let failure = #expect(throws: RegistryStorageError.self) { _ = try writer.beginBlob(digest) }
        #expect(failure?.code == .unwritable)
        #expect(try Folder.names(outside).isEmpty)
    }

    @Test("a folder that cannot be made is an error that names it")
    func unwritable() throws {
        let blocked = FilePath(folder.path).appending("file")
        try DurableFile.write([], to: blocked)
        let failure = #expect(throws: RegistryStorageError.self) { try RegistryStorageWriter(root: blocked.appending("registry")) }
        #expect(failure?.code == .unwritable)
        #expect(failure?.description.contains(blocked.string) == true)
    }

    @Test("many tasks write at once")
    func concurrent() async throws {
        let writer = try RegistryStorageWriter(root: root)
        let repository = repository
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for number in 0..<40 {
                        let content = Array("\(worker) \(number)".utf8)
                        var blob = try writer.beginBlob(Digest(of: content))
                        try blob.write(content)
                        try blob.commit()
                        try writer.writeLinks(repository: repository, revisions: [], layers: [Digest(of: content)], tags: [])
                    }
                }
            }
            try await group.waitForAll()
        }
        try writer.finish()
        #expect(try storedFiles(root).count == 640)
    }
}
