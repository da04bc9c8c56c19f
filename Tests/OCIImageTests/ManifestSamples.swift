import OCIImage

/// Manifests of every kind, as clients write them.
enum ManifestSamples {
    static let config = digest("a")
    static let layers = [digest("b"), digest("c")]
    static let image = digest("d")

    /// A digest whose digits are all one letter.
    static func digest(_ letter: Character) -> String { "sha256:" + String(repeating: letter, count: 64) }

    static func descriptor(_ mediaType: String, _ digest: String, size: String = "1024", more: String = "") -> String {
        #"{"mediaType":"\#(mediaType)","size":\#(size),"digest":"\#(digest)"\#(more)}"#
    }

    static let docker = """
        {
           "schemaVersion": 2,
           "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
           "config": \(descriptor(MediaType.dockerConfig, config)),
           "layers": [
              \(descriptor(MediaType.dockerLayer, layers[0])),
              \(descriptor(MediaType.dockerLayer, layers[1])),
              \(descriptor(MediaType.dockerLayer, layers[0]))
           ]
        }
        """

    static let windows = """
        {"schemaVersion":2,"mediaType":"\(MediaType.dockerManifest)","config":\(descriptor(MediaType.dockerConfig, config)),
        "layers":[\(descriptor(MediaType.dockerForeignLayer, layers[0], more: #","urls":["https://mcr.microsoft.com/v2/x/blobs/y"]"#)),
        \(descriptor(MediaType.dockerLayer, layers[1]))]}
        """

    static let oci = """
        {"schemaVersion":2,"config":\(descriptor(MediaType.ociConfig, config)),"layers":[\(descriptor(MediaType.ociLayer, layers[0]))],
        "annotations":{"org.opencontainers.image.created":"2026-01-01T00:00:00Z","Schemaversion":"any name is fine here"}}
        """

    /// A cosign signature as an OCI 1.1 referrer.
    static let signature = """
        {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest)","artifactType":"application/vnd.dev.cosign.artifact.sig.v1+json",
        "config":\(descriptor(MediaType.ociEmpty, config, size: "2", more: #","data":"e30=""#)),
        "layers":[\(descriptor("application/vnd.dev.cosign.simplesigning.v1+json", layers[0],
            more: #","annotations":{"dev.cosignproject.cosign/signature":"MEUCIQ=="}"#))],
        "subject":\(descriptor(MediaType.ociManifest, image))}
        """

    static let index = """
        {"schemaVersion":2,"mediaType":"\(MediaType.ociIndex)","manifests":[
        \(descriptor(MediaType.ociManifest, layers[0], more: #","platform":{"architecture":"arm64","os":"linux","variant":"v8"}"#)),
        \(descriptor(MediaType.ociManifest, layers[1],
            more: #","platform":{"architecture":"amd64","os":"windows","os.version":"10.0.20348","os.features":["win32k"]}"#))],
        "subject":\(descriptor(MediaType.ociIndex, image))}
        """

    static let dockerList = """
        {"schemaVersion":2,"mediaType":"\(MediaType.dockerManifestList)","manifests":[\(descriptor(MediaType.dockerManifest, layers[0]))]}
        """

    static let schema1 = """
        {"schemaVersion":1,"name":"library/old","tag":"1.0","architecture":"amd64",
        "fsLayers":[{"blobSum":"\(layers[0])"},{"blobSum":"\(layers[1])"},{"blobSum":"\(layers[0])"},{"blobSum":"\(layers[0])"}],
        "history":[{"v1Compatibility":"{\\"id\\":\\"x\\"}"}],
        "signatures":[{"header":{"jwk":{"crv":"P-256","kid":"A","kty":"EC","x":"x","y":"y"},"alg":"ES256"},
        "signature":"c2ln","protected":"eyJmb3JtYXRMZW5ndGgiOjEsImZvcm1hdFRhaWwiOiJDbjAifQ"}]}
        """

    static let all: [(String, String)] = [
        (docker, MediaType.dockerManifest), (windows, MediaType.dockerManifest), (oci, MediaType.ociManifest),
        (signature, MediaType.ociManifest),
        (index, MediaType.ociIndex), (dockerList, MediaType.dockerManifestList), (schema1, MediaType.dockerSignedSchema1),
    ]
}
