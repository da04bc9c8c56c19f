import LabServers
import LocalIO
import OCIImage
import SystemPackage

/// What was pushed to a registry: enough to rebuild its storage from blobs and names alone, as a restore does.
struct SampleRegistry {
    struct Repository {
        let name: RepositoryName
        var revisions: [Digest] = []
        var layers: [Digest] = []
        var tags: [(TagName, Digest)] = []
    }

    private(set) var repositories: [Repository] = []
    private(set) var contents: [Digest: [UInt8]] = [:]
    private(set) var mediaTypes: [Digest: String] = [:]

    /// Pushes images of every shape to `server`.
    init(pushingTo server: RegistryServer) throws {
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
        for name in ["library/app", "a/very/deep/name/with/many/parts_1/x-y--z"] {
            var repository = Repository(name: try RepositoryName(parsing: name))
            // A zero-length layer is a legitimate blob.
            let image = try push(
                server, &repository, tags: ["1.0", "latest", "_x.Y-z"], layers: [large, [], Array("layer of \(name)".utf8)])
            let other = try push(server, &repository, tags: [], layers: [Array("other \(name)".utf8)])
            try pushIndex(server, &repository, tag: "multi", children: [image, other])
            try push(server, &repository, tags: ["sha256-\(image.hex).sig"], layers: [Array("payload".utf8)], subject: image)
            try push(server, &repository, tags: ["windows"], layers: [Array("own".utf8)], withForeignLayer: true)
            repositories.append(repository)
        }
    }

    @discardableResult
    private mutating func push(
        _ server: RegistryServer, _ repository: inout Repository, tags: [String], layers: [[UInt8]], subject: Digest? = nil,
        withForeignLayer: Bool = false
    ) throws -> Digest {
        let type = withForeignLayer ? MediaType.dockerManifest : MediaType.ociManifest
        let layerType = withForeignLayer ? MediaType.dockerLayer : MediaType.ociLayer
        let config = try pushBlob(server, &repository, Array(#"{"os":"linux","n":\#(contents.count)}"#.utf8))
        var entries = try layers.map { entry(layerType, try pushBlob(server, &repository, $0), $0.count) }
        if withForeignLayer {
            let foreign = Digest(of: Array("never stored".utf8))
            entries.insert(entry(MediaType.dockerForeignLayer, foreign, 12, more: #","urls":["https://example.com/x"]"#), at: 0)
        }
        let configType = withForeignLayer ? MediaType.dockerConfig : MediaType.ociConfig
        let about = subject.map { #","subject":"# + entry(MediaType.ociManifest, $0, 1) } ?? ""
        let manifest =
            #"{"schemaVersion":2,"mediaType":"\#(type)","config":\#(entry(configType, config, contents[config]?.count ?? 0)),"#
            + #""layers":[\#(entries.joined(separator: ","))]\#(about)}"#
        return try pushManifest(server, &repository, manifest, type, tags: tags)
    }

    private mutating func pushIndex(_ server: RegistryServer, _ repository: inout Repository, tag: String, children: [Digest]) throws {
        let entries = children.map { entry(MediaType.ociManifest, $0, contents[$0]?.count ?? 0) }.joined(separator: ",")
        let index = #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[\#(entries)]}"#
        try pushManifest(server, &repository, index, MediaType.ociIndex, tags: [tag])
    }

    @discardableResult
    private mutating func pushManifest(
        _ server: RegistryServer, _ repository: inout Repository, _ text: String, _ type: String, tags: [String]
    ) throws -> Digest {
        let content = Array(text.utf8)
        let digest = Digest(of: content)
        for reference in tags.isEmpty ? [digest.description] : tags {
            let answer = try server.request(
                "PUT", "/v2/\(repository.name)/manifests/\(reference)", headers: ["Content-Type": type], body: content)
            guard answer.status == 201 else {
                throw LabError(.unexpectedAnswer, "manifest refused: \(String(decoding: answer.body, as: UTF8.self))")
            }
        }
        contents[digest] = content
        mediaTypes[digest] = type
        repository.revisions.append(digest)
        repository.tags += try tags.map { (try TagName(parsing: $0), digest) }
        return digest
    }

    private mutating func pushBlob(_ server: RegistryServer, _ repository: inout Repository, _ content: [UInt8]) throws -> Digest {
        let digest = Digest(of: content)
        try Self.pushBlob(server, repository.name, digest, content)
        contents[digest] = content
        if !repository.layers.contains(digest) { repository.layers.append(digest) }
        return digest
    }

    /// Uploads a blob under `digest`.
    static func pushBlob(_ server: RegistryServer, _ repository: RepositoryName, _ digest: Digest, _ content: [UInt8]) throws {
        let begin = try server.request("POST", "/v2/\(repository)/blobs/uploads/")
        guard begin.status == 202, let location = begin.headers["location"], let target = location.firstRange(of: "/v2/") else {
            throw LabError(.unexpectedAnswer, "no upload: \(begin.status)")
        }
        let end = try server.request(
            "PUT", location[target.lowerBound...] + "&digest=\(digest)", headers: ["Content-Type": "application/octet-stream"],
            body: content)
        guard end.status == 201 else { throw LabError(.unexpectedAnswer, "blob refused: \(end.status)") }
    }

    private func entry(_ type: String, _ digest: Digest, _ size: Int, more: String = "") -> String {
        #"{"mediaType":"\#(type)","digest":"\#(digest)","size":\#(size)\#(more)}"#
    }
}

/// Everything in `storage` that a restore has to bring back, path and content, without uploads.
func storedFiles(_ storage: FilePath) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    var pending = [""]
    while let folder = pending.popLast() {
        for name in try Folder.names(storage.appending(folder)) where name != "_uploads" {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            if try FileStatus(storage.appending(path), followingLinks: false).isFolder {
                pending.append(path)
            } else {
                files[path] = try FileReader.contents(of: storage.appending(path))
            }
        }
    }
    return files
}
