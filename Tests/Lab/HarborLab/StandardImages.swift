import LabServers

/// The images that every lab holds: one of each kind that a backup must get right.
struct StandardImages {
    private let registry: RegistryServer
    private let folder: RegistryFolder
    private let signer: CosignSigner
    private(set) var rows = ImageRows()
    private(set) var images: [LabImage] = []

    init(registry: RegistryServer, folder: RegistryFolder, signer: CosignSigner) {
        self.registry = registry
        self.folder = folder
        self.signer = signer
    }

    /// Pushes all images and collects their rows. Throws `LabError`.
    mutating func push() throws {
        let base = try layer("etc/os-release", "ID=lab\n")
        let app = try ImageContent.image(layers: [base, layer("app/main", "the application, version 1\n")])
        try add(app, .plain, "library", "library/app", tags: ["1.0", "latest"])
        try add(app, .shared, "team-b", "team-b/app", tags: ["copied"])

        let signed = try ImageContent.image(layers: [base, layer("app/main", "the signed application\n")])
        try add(signed, .signed, "team-a", "team-a/web/server", tags: ["v1.2.3"])
        try addSignature(of: signed, project: "team-a", repository: "team-a/web/server")
        try add(
            .image(layers: [base, layer("app/main", "an older build\n")]), .untagged, "team-a", "team-a/web/server", tags: [])
        try add(.image(layers: [layer("deep", "deep\n")]), .deepName, "team-b", "team-b/a/b/c/d", tags: ["x"])

        let docker = try ImageContent.image(layers: [layer("docker", "made by docker\n", docker: true)], docker: true)
        try add(docker, .dockerSchema2, "library", "library/docker", tags: ["2"])
        let foreign = Descriptor(
            mediaType: MediaType.dockerForeignLayer, digest: BlobContent.Algorithm.sha256.digest(of: Array("never stored".utf8)),
            size: 1_048_576,
            urls: ["https://mcr.example.com/layer"])
        let windows = try ImageContent.image(layers: [layer("windows", "on top\n", docker: true)], foreign: [foreign], docker: true)
        try add(windows, .foreignLayer, "library", "library/windows", tags: ["ltsc"])

        try addIndex(base: base)
        try addArtifacts()
        try addDeleted()
        try addProxyCache(base: base)
        try addWhatTheRegistryRefuses(base: base)
        try folder.giveToHarbor()
        rows.refreshQuotas()
    }

    private mutating func addIndex(base: (BlobContent, String)) throws {
        let children = try ["amd64", "arm64"].map { architecture in
            (architecture, try ImageContent.image(layers: [base, layer("arch", architecture + "\n")], architecture: architecture))
        }
        for (_, child) in children { try add(child, .child, "library", "library/multi", tags: []) }
        let index = try ImageContent.index(children.map { $1.descriptor(architecture: $0) })
        try add(index, .index, "library", "library/multi", tags: ["stable"])
    }

    /// A chart-like artifact, one of its layers without a single byte.
    private mutating func addArtifacts() throws {
        let empty = BlobContent("application/vnd.example.marker", [])
        let chart = BlobContent(
            "application/vnd.cncf.helm.chart.content.v1.tar+gzip", try LayerArchive(path: "Chart.yaml", text: "name: x\n").compressed)
        let config = BlobContent(
            "application/vnd.cncf.helm.config.v1+json", Array(#"{"name":"x","version":"0.1.0","apiVersion":"v2"}"#.utf8))
        let content = try ImageContent.manifest(
            config: config, layers: [chart.descriptor, empty.descriptor], blobs: [chart, empty],
            annotations: ["org.opencontainers.image.title": "it's a chart"])
        try add(content, .artifact, "team-b", "team-b/charts/x", tags: ["0.1.0"])
        let config2 = BlobContent(MediaType.empty, Array("{}".utf8))
        let note = BlobContent("text/plain", Array("a note\n".utf8))
        let typed = try ImageContent.manifest(
            config: config2, layers: [note.descriptor], blobs: [note], artifactType: "application/vnd.example.note")
        try add(typed, .artifact, "team-b", "team-b/notes", tags: ["1"])
    }

    /// An index of which only one platform was ever pulled through the cache.
    private mutating func addProxyCache(base: (BlobContent, String)) throws {
        let pulled = try ImageContent.image(layers: [base, layer("cached", "amd64\n")])
        let other = try ImageContent.image(layers: [base, layer("cached", "s390x\n")], architecture: "s390x")
        let index = try ImageContent.index(
            [pulled.descriptor(architecture: "amd64"), other.descriptor(architecture: "s390x")], docker: true)
        let repository = "dockerhub-cache/library/alpine"
        try add(pulled, .proxyChild, "dockerhub-cache", repository, tags: [])
        // The registry takes no index with a missing child.
        try folder.write(index, to: repository)
        rows.add(index, project: "dockerhub-cache", repository: repository, tags: ["3"], missing: [other.manifest.digest])
        record(index, .proxyIndex, "dockerhub-cache", repository, tags: ["3"], children: [pulled.manifest.digest])
    }

    /// Old manifests (schema 1, stored without their signatures) and names of the other algorithm reach the storage by no push of today.
    private mutating func addWhatTheRegistryRefuses(base: (BlobContent, String)) throws {
        let text =
            #"{"schemaVersion":1,"name":"library/old","tag":"1","architecture":"amd64","fsLayers":[{"blobSum":"\#(base.0.digest)"}],"#
            + #""history":[{"v1Compatibility":"{\"id\":\"e45a5af57b00862e5ef5782a9925979a02ba2b12dff832fd0991335f4a11e5c5\"}"}]}"#
        let old = ImageContent(
            manifest: BlobContent(MediaType.dockerSchema1, Array(text.utf8)), blobs: [base.0], references: [base.0.descriptor],
            mediaType: MediaType.dockerSchema1, artifactType: MediaType.dockerSchema1, attributes: #"{"architecture":"amd64"}"#,
            annotations: nil)
        try write(old, .schema1, "library", "library/old", tags: ["1"])

        let layer = BlobContent("application/octet-stream", Array("named by the longer hash\n".utf8), algorithm: .sha512)
        let config = BlobContent(MediaType.empty, Array("{}".utf8))
        let long = try ImageContent.manifest(
            config: config, layers: [layer.descriptor], blobs: [layer], artifactType: "application/vnd.example.long", algorithm: .sha512)
        try write(long, .sha512, "team-b", "team-b/long", tags: ["1"])
    }

    /// A deleted artifact: in the trash, its blobs still there.
    private mutating func addDeleted() throws {
        let retired = try ImageContent.image(layers: [layer("retired", "nobody needs this any more\n")])
        try registry.push(retired, to: "library/retired")
        rows.add(retired, project: "library", repository: "library/retired", tags: ["1"])
        rows.trash(retired, repository: "library/retired")
    }

    private mutating func addSignature(of image: ImageContent, project: String, repository: String) throws {
        let signature = try signer.sign(image.manifest.digest, reference: "registry.example.com/" + repository)
        let tag = CosignSigner.tag(for: image.manifest.digest)
        try registry.push(signature, to: repository)
        rows.add(
            signature, project: project, repository: repository, tags: [tag],
            role: .accessory(type: "signature.cosign", subject: image.manifest.digest))
        record(signature, .signature, project, repository, tags: [tag])
    }

    private mutating func add(_ image: ImageContent, _ kind: LabImage.Kind, _ project: String, _ repository: String, tags: [String]) throws
    {
        try registry.push(image, to: repository)
        rows.add(image, project: project, repository: repository, tags: tags)
        record(image, kind, project, repository, tags: tags, children: image.references.filter { $0.platform != nil }.map(\.digest))
    }

    private mutating func write(_ image: ImageContent, _ kind: LabImage.Kind, _ project: String, _ repository: String, tags: [String])
        throws
    {
        try folder.write(image, to: repository)
        rows.add(image, project: project, repository: repository, tags: tags)
        record(image, kind, project, repository, tags: tags)
    }

    private mutating func record(
        _ image: ImageContent, _ kind: LabImage.Kind, _ project: String, _ repository: String, tags: [String], children: [String] = []
    ) {
        images.append(
            LabImage(
                kind: kind, project: project, repository: repository, digest: image.manifest.digest, mediaType: image.manifest.mediaType,
                tags: tags, blobs: image.blobs.map(\.digest), children: children))
    }

    private func layer(_ path: String, _ text: String, docker: Bool = false) throws -> (blob: BlobContent, diffID: String) {
        let archive = try LayerArchive(path: path, text: text)
        return (BlobContent(docker ? MediaType.dockerLayer : MediaType.layer, archive.compressed), archive.diffID)
    }
}
