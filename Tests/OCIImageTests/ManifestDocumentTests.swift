import OCIImage
import Testing

@Suite("Manifests of every kind are parsed")
struct ManifestDocumentTests {
    private func parse(_ text: String, _ mediaType: String? = nil) throws -> ManifestDocument {
        try ManifestDocument(parsing: Array(text.utf8), mediaType: mediaType)
    }

    private func digests(_ document: ManifestDocument, _ kind: ManifestReference.Kind) -> [String] {
        document.references.filter { $0.kind == kind }.map(\.digest.description)
    }

    @Test("a Docker image names its config and each layer once")
    func docker() throws {
        let document = try parse(ManifestSamples.docker, MediaType.dockerManifest)
        guard case .image(let manifest) = document else {
            Issue.record("not an image")
            return
        }
        #expect(manifest.layers.count == 3)
        #expect(manifest.mediaType == MediaType.dockerManifest)
        #expect(digests(document, .config) == [ManifestSamples.config])
        #expect(digests(document, .layer) == ManifestSamples.layers)
        #expect(document.references.allSatisfy { $0.size == 1024 && !$0.isForeign })
    }

    @Test("a Windows image's base layer is foreign, the next one is not")
    func foreign() throws {
        let document = try parse(ManifestSamples.windows, MediaType.dockerManifest)
        #expect(document.references.map(\.isForeign) == [false, true, false])
        guard case .image(let manifest) = document else {
            Issue.record("not an image")
            return
        }
        #expect(manifest.layers.first?.urls == ["https://mcr.microsoft.com/v2/x/blobs/y"])
    }

    @Test("an OCI image without mediaType is told by its members")
    func oci() throws {
        for mediaType in [nil, MediaType.ociManifest, "application/vnd.oci.image.manifest.v1+json; charset=utf-8"] {
            guard case .image(let manifest) = try parse(ManifestSamples.oci, mediaType) else {
                Issue.record("not an image")
                return
            }
            #expect(manifest.mediaType == MediaType.ociManifest)
            #expect(manifest.annotations.count == 2)
            #expect(manifest.subject == nil)
        }
    }

    @Test("an artifact keeps its type and its subject")
    func artifact() throws {
        let document = try parse(ManifestSamples.signature)
        guard case .image(let manifest) = document else {
            Issue.record("not an image manifest")
            return
        }
        #expect(manifest.artifactType == "application/vnd.dev.cosign.artifact.sig.v1+json")
        #expect(manifest.layers.first?.annotations["dev.cosignproject.cosign/signature"] == "MEUCIQ==")
        #expect(digests(document, .subject) == [ManifestSamples.image])
    }

    @Test("an index names its children and their platforms")
    func index() throws {
        let document = try parse(ManifestSamples.index, MediaType.ociIndex)
        guard case .index(let index) = document else {
            Issue.record("not an index")
            return
        }
        #expect(index.manifests.first?.platform == Descriptor.Platform(architecture: "arm64", os: "linux", variant: "v8"))
        #expect(index.manifests.last?.platform?.osVersion == "10.0.20348")
        #expect(digests(document, .child) == ManifestSamples.layers)
        #expect(digests(document, .subject) == [ManifestSamples.image])
        #expect(digests(try parse(ManifestSamples.dockerList), .child) == [ManifestSamples.layers[0]])
    }

    @Test("a schema 1 manifest's repeated layers are named once, its size unknown")
    func schema1() throws {
        let document = try parse(ManifestSamples.schema1, MediaType.dockerSignedSchema1)
        guard case .schema1(let manifest) = document else {
            Issue.record("not schema 1")
            return
        }
        #expect(manifest.isSigned)
        #expect(manifest.name == "library/old")
        #expect(manifest.layers.count == 4)
        #expect(digests(document, .layer) == ManifestSamples.layers)
        #expect(document.references.allSatisfy { $0.size == nil })
        let unsigned = ManifestSamples.schema1.replacing(#""signatures""#, with: #""other""#)
        guard case .schema1(let payload) = try parse(unsigned) else {
            Issue.record("not schema 1")
            return
        }
        #expect(!payload.isSigned)
    }

    @Test("null stands for an empty list, as Go writes it")
    func null() throws {
        let manifest =
            #"{"schemaVersion":2,"config":\#(ManifestSamples.descriptor("x/y", ManifestSamples.config, more: #","urls":null"#)),"layers":null}"#
        #expect(try parse(manifest).references.count == 1)
        #expect(try parse(#"{"schemaVersion":2,"manifests":null}"#, MediaType.ociIndex).references.isEmpty)
    }

    @Test("kinds of media types are told apart")
    func mediaTypes() {
        #expect(ManifestSamples.all.allSatisfy { MediaType.isManifest($0.1) })
        #expect(MediaType.isManifest("Application/vnd.OCI.image.index.v1+json ; q=1"))
        #expect(!MediaType.isManifest(MediaType.ociLayer))
        #expect(MediaType.isForeignLayer(MediaType.dockerForeignLayer))
        #expect(MediaType.isForeignLayer("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"))
        #expect(!MediaType.isForeignLayer(MediaType.dockerLayer))
    }
}

@Suite("Manifests that mean harm or nothing are refused")
struct ManifestRefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        var mediaType: String?
        var code = OCIError.Code.malformedManifest

        init(_ name: String, _ text: String, as mediaType: String? = nil, _ code: OCIError.Code = .malformedManifest) {
            testDescription = name
            self.text = text
            self.mediaType = mediaType
            self.code = code
        }
    }

    static func image(config: String = ManifestSamples.descriptor("a/b", ManifestSamples.config), more: String = "") -> String {
        #"{"schemaVersion":2,"config":\#(config),"layers":[]\#(more)}"#
    }

    static let cases = [
        Case("nothing", ""), Case("space", "  "), Case("an array", "[]"), Case("a string", #""x""#), Case("null", "null"),
        Case("an empty object", "{}"), Case("half an object", #"{"schemaVersion":2"#), Case("two objects", image() + "{}"),
        Case("trailing text", image() + "x"), Case("a trailing comma", #"{"schemaVersion":2,}"#), Case("a missing colon", #"{"a" 1}"#),
        Case("a comment", "/* */" + image()), Case("NaN", #"{"schemaVersion":NaN}"#), Case("a number with a leading zero", #"{"x":02}"#),
        Case("a number with a plus", #"{"x":+2}"#), Case("a number with a bare point", #"{"x":2.}"#), Case("a half exponent", #"{"x":2e}"#),
        Case("single quotes", "{'schemaVersion':2}"), Case("a bare control character", "{\"a\":\"\u{1}\"}"),
        Case("an unknown escape", #"{"a":"\x"}"#), Case("half an escape", #"{"a":"\u12"}"#),
        Case("half a surrogate pair", #"{"a":"\ud800"}"#),
        Case("a reversed surrogate pair", #"{"a":"\udc00\ud800"}"#), Case("a surrogate and a letter", #"{"a":"\ud800\u0041"}"#),
        Case("deep nesting", #"{"a":"# + String(repeating: "[", count: 100_000)),
        Case("deep objects", String(repeating: #"{"a":"#, count: 100_000)),
        Case("a member twice", image(more: #","layers":[]"#)), Case("an ignored member twice", image(more: #","x":1,"x":1"#)),
        Case("a member twice by escape", image(more: #","layer\u0073":[]"#)),
        Case("a member in another case", image(more: #","Layers":[]"#)), Case("a member in a folding case", image(more: #","layerſ":[]"#)),
        Case(
            "a nested member in another case",
            image(config: #"{"mediaType":"a/b","Digest":"x","digest":"\#(ManifestSamples.config)","size":1}"#)),
        Case("no config", #"{"schemaVersion":2,"layers":[]}"#), Case("config of a wrong type", image(config: "[]")),
        Case("layers of a wrong type", #"{"schemaVersion":2,"layers":{}}"#),
        Case("a layer of a wrong type", #"{"schemaVersion":2,"layers":[1]}"#),
        Case("a negative size", image(config: ManifestSamples.descriptor("a/b", ManifestSamples.config, size: "-1"))),
        Case("a huge size", image(config: ManifestSamples.descriptor("a/b", ManifestSamples.config, size: "9223372036854775808"))),
        Case("a fractional size", image(config: ManifestSamples.descriptor("a/b", ManifestSamples.config, size: "1.5"))),
        Case("a size as text", image(config: ManifestSamples.descriptor("a/b", ManifestSamples.config, size: #""1""#))),
        Case("a size with an exponent", image(config: ManifestSamples.descriptor("a/b", ManifestSamples.config, size: "1e3"))),
        Case("no size", image(config: #"{"mediaType":"a/b","digest":"\#(ManifestSamples.config)"}"#)),
        Case("no digest", image(config: #"{"mediaType":"a/b","size":1}"#)),
        Case("no media type", image(config: #"{"digest":"\#(ManifestSamples.config)","size":1}"#)),
        Case("a broken digest", image(config: ManifestSamples.descriptor("a/b", "sha256:../../x")), .malformedDigest),
        Case(
            "an unknown hash", image(config: ManifestSamples.descriptor("a/b", "blake3:" + String(repeating: "a", count: 64))),
            .unsupportedDigest),
        Case("annotations that are no text", image(more: #","annotations":{"a":1}"#)),
        Case("the wrong schema version", #"{"schemaVersion":3,"layers":[]}"#), Case("schema 1 in number only", #"{"schemaVersion":1}"#),
        Case("a schema 1 layer without blobSum", #"{"schemaVersion":1,"fsLayers":[{}]}"#),
        Case("a schema 1 media type only", "{}", as: MediaType.dockerSchema1),
        Case("another type than it is kept as", ManifestSamples.docker, as: MediaType.ociManifest, .unsupportedManifest),
        Case("an index kept as an image", ManifestSamples.index, as: MediaType.ociManifest, .unsupportedManifest),
        Case("a layer", image(), as: MediaType.ociLayer, .unsupportedManifest),
        Case("an image and an index at once", image(more: #","manifests":[]"#), .unsupportedManifest),
        Case("an image and schema 1 at once", image(more: #","fsLayers":[]"#), .unsupportedManifest),
        Case("an untyped image kept as an index", image(), as: MediaType.ociIndex),
    ]

    @Test("is refused", arguments: cases)
    func refused(_ sample: Case) {
        let failure = #expect(throws: OCIError.self) {
            try ManifestDocument(parsing: Array(sample.text.utf8), mediaType: sample.mediaType)
        }
        #expect(failure?.code == sample.code)
        #expect((failure?.description.count ?? 0) < 400)
    }

    @Test("bytes that are no UTF-8 are refused")
    func invalidUTF8() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]] {
            let text = Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)
            #expect(throws: OCIError.self) { try ManifestDocument(parsing: text, mediaType: nil) }
        }
    }

    @Test("a manifest at the size limit is read, one byte more is refused")
    func sizeLimit() throws {
        let text = Self.image()
        let padding = [UInt8](repeating: UInt8(ascii: " "), count: ManifestDocument.sizeLimit - text.utf8.count)
        _ = try ManifestDocument(parsing: Array(text.utf8) + padding, mediaType: nil)
        let failure = #expect(throws: OCIError.self) {
            try ManifestDocument(parsing: Array(text.utf8) + padding + [UInt8(ascii: " ")], mediaType: nil)
        }
        #expect(failure?.code == .tooLarge)
    }

    @Test("unknown members of any kind are passed over")
    func unknownMembers() throws {
        let extras = #","x":[1,-0.5e+10,true,false,null,"é😀\ud83d\ude00\"\\\/\b\f\n\r\t",{"y":{}},[]],"":0"#
        #expect(try ManifestDocument(parsing: Array(Self.image(more: extras).utf8), mediaType: nil).references.count == 1)
    }

    @Test("random damage is refused or read, and never crashes", arguments: 0..<7)
    func mutations(_ sample: Int) {
        let (text, mediaType) = ManifestSamples.all[sample]
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix(state: seed)
        let original = Array(text.utf8)
        var survivors = 0
        for _ in 0..<3000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, using: &generator) }
            // A refusal is what is hoped for.
            guard let document = try? ManifestDocument(parsing: bytes, mediaType: mediaType) else { continue }
            survivors += 1
            #expect(document.references.allSatisfy { ($0.size ?? 0) >= 0 }, "seed \(seed)")
        }
        #expect(survivors < 3000, "seed \(seed): damage that is never noticed is no damage")
    }

    private func mutate(_ bytes: inout [UInt8], using generator: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(Array("{}[]\",:\\0-e".utf8).randomElement(using: &generator) ?? 0, at: place)
        case 3: bytes.removeSubrange(place...)
        default:
            let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
            bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &generator))
        }
    }

    /// A generator that a printed seed repeats.
    struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }
}
