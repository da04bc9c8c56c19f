import Foundation
import LabServers
import LocalIO
import OCIImage
import RegistryStorage
import SystemPackage
import Testing

@Suite(
    "A registry serves what was restored (skipped where docker-registry is not installed)", .enabled(if: RegistryServer.available()),
    .timeLimit(.minutes(2)))
struct RestoredRegistryTests {
    private let source: TemporaryFolder
    private let target: TemporaryFolder

    init() throws {
        source = try TemporaryFolder("opsd-registry-source")
        target = try TemporaryFolder("opsd-registry-target")
        try UnprivilegedUser.harborIfRoot?.own(source.path)
    }

    /// Pushes, stops the registry, and answers what was pushed.
    private func pushed() throws -> SampleRegistry {
        let server = try RegistryServer.start(storage: source.path, asUser: .harborIfRoot)
        defer { server.stop() }
        return try SampleRegistry(pushingTo: server)
    }

    private func writer(_ folder: String) throws -> RegistryStorageWriter {
        let owner = UnprivilegedUser.harborIfRoot.map { ($0.user, $0.group) }
        return try RegistryStorageWriter(root: FilePath(folder), owner: owner)
    }

    /// Moves every blob from storage to storage, as a backup and a restore would, and writes the links.
    private func copy(_ sample: SampleRegistry, to writer: RegistryStorageWriter) throws {
        let storage = try RegistryStorage(root: FilePath(source.path))
        for digest in sample.contents.keys where try !writer.existingBlob(digest, size: nil) {
            let reader = try storage.open(digest)
            var blob = try writer.beginBlob(digest)
            var buffer: [UInt8] = []
            repeat {
                try reader.read(into: &buffer, limit: 100_000)
                try blob.write(buffer)
            } while !buffer.isEmpty
            try blob.commit()
        }
        for repository in sample.repositories {
            try writer.writeLinks(
                repository: repository.name, revisions: repository.revisions, layers: repository.layers, tags: repository.tags)
        }
        try writer.finish()
    }

    @Test("the restored files are the registry's own, byte for byte")
    func sameFiles() throws {
        let sample = try pushed()
        try copy(sample, to: writer(target.path))
        let (original, restored) = (try storedFiles(FilePath(source.path)), try storedFiles(FilePath(target.path)))
        #expect(original.keys.sorted() == restored.keys.sorted())
        #expect(original == restored)
        #expect(original.count > 60)
    }

    @Test("each manifest and blob comes back by digest and by tag")
    func served() throws {
        let sample = try pushed()
        try copy(sample, to: writer(target.path))
        let server = try RegistryServer.start(storage: target.path, readonly: true, asUser: .harborIfRoot)
        defer { server.stop() }
        for repository in sample.repositories {
            for digest in repository.revisions {
                try expect(server, "/v2/\(repository.name)/manifests/\(digest)", sample, digest)
            }
            for (tag, digest) in repository.tags { try expect(server, "/v2/\(repository.name)/manifests/\(tag)", sample, digest) }
            for digest in repository.layers { try expect(server, "/v2/\(repository.name)/blobs/\(digest)", sample, digest) }
            let list = try server.request("GET", "/v2/\(repository.name)/tags/list")
            struct Tags: Decodable { let tags: [String] }
            let names = try JSONDecoder().decode(Tags.self, from: Data(list.body)).tags
            #expect(names.sorted() == repository.tags.map(\.0.description).sorted())
        }
    }

    private func expect(_ server: RegistryServer, _ target: String, _ sample: SampleRegistry, _ digest: Digest) throws {
        let accepted = sample.mediaTypes[digest] ?? "*/*"
        let answer = try server.request("GET", target, headers: ["Accept": accepted])
        #expect(answer.status == 200, "\(target)")
        #expect(answer.body == sample.contents[digest], "\(target)")
    }

    @Test("a blob named by SHA-512 is found under its SHA-256 name, restored under its own, and served")
    func sha512() throws {
        let content = Array("named by another hash".utf8)
        let digest = Digest(of: content, algorithm: .sha512)
        let repository = try RepositoryName(parsing: "library/modern")
        let first = try RegistryServer.start(storage: source.path, asUser: .harborIfRoot)
        try SampleRegistry.pushBlob(first, repository, digest, content)
        first.stop()

        let storage = try RegistryStorage(root: FilePath(source.path))
        #expect(throws: RegistryStorageError.self) { _ = try storage.open(digest) }
        let other = try RepositoryName(parsing: "library/other")
        #expect(throws: RegistryStorageError.self) { _ = try storage.open(digest, linkedIn: [other]) }
        var found: [UInt8] = []
        try storage.open(digest, linkedIn: [other, repository]).read(into: &found)
        #expect(found == content)

        let writer = try writer(target.path)
        var blob = try writer.beginBlob(digest)
        try blob.write(found)
        try blob.commit()
        try writer.writeLinks(repository: repository, revisions: [], layers: [digest], tags: [])
        try writer.finish()
        let second = try RegistryServer.start(storage: target.path, readonly: true, asUser: .harborIfRoot)
        defer { second.stop() }
        let answer = try second.request("GET", "/v2/\(repository)/blobs/\(digest)")
        #expect(answer.status == 200)
        #expect(answer.body == content)
    }

    @Test("a damaged restore is mended by running it again: rotten, truncated and missing blobs, empty and wrong links")
    func mended() throws {
        let sample = try pushed()
        let writer = try writer(target.path)
        try copy(sample, to: writer)
        let intact = try storedFiles(FilePath(target.path))
        for (index, path) in intact.keys.sorted().enumerated() {
            let file = FilePath(target.path).appending(path)
            let content = intact[path] ?? []
            switch index % 5 {
            case 0: try DurableFile.write([], to: file, replacing: true)
            case 1: try DurableFile.write(content.reversed() + [1], to: file, replacing: true)
            case 2 where !content.isEmpty: try DurableFile.write(content.dropLast() + [content[0] ^ 0xFF], to: file, replacing: true)
            case 3: try FileManager.default.removeItem(atPath: file.string)
            default: break
            }
        }
        #expect(try storedFiles(FilePath(target.path)) != intact)
        try copy(sample, to: writer)
        #expect(try storedFiles(FilePath(target.path)) == intact)
    }

    @Test("a dangling layer link, as garbage collection leaves them, hinders neither the restore nor the registry")
    func danglingLink() throws {
        let sample = try pushed()
        let writer = try writer(target.path)
        try copy(sample, to: writer)
        let repository = try #require(sample.repositories.first)
        let gone = Digest(of: Array("collected".utf8))
        try writer.writeLinks(repository: repository.name, revisions: [], layers: [gone], tags: [])
        let server = try RegistryServer.start(storage: target.path, readonly: true, asUser: .harborIfRoot)
        defer { server.stop() }
        #expect(try server.request("GET", "/v2/\(repository.name)/blobs/\(gone)").status == 404)
        let (tag, digest) = try #require(repository.tags.first)
        try expect(server, "/v2/\(repository.name)/manifests/\(tag)", sample, digest)
    }

    @Test("a registry can write into restored storage: its folders belong to it")
    func writable() throws {
        let sample = try pushed()
        try copy(sample, to: writer(target.path))
        let server = try RegistryServer.start(storage: target.path, asUser: .harborIfRoot)
        defer { server.stop() }
        let content = Array("pushed after the restore".utf8)
        let name = try #require(sample.repositories.first).name
        try SampleRegistry.pushBlob(server, name, Digest(of: content), content)
        #expect(try server.request("GET", "/v2/\(name)/blobs/\(Digest(of: content))").body == content)
    }
}
