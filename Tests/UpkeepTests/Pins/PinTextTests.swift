import HarborAPI
import OCIImage
import Testing

@testable import Upkeep

@Suite("The text of a list of pins")
struct PinTextTests {
    private static let parser = PinText(registries: ["Registry.example.com", "registry.internal:5000", "10.0.0.7:443"])
    private static let digest = "sha256:" + String(repeating: "a", count: 64)

    @Test(
        "references to this registry are told from others, whatever stands around them",
        arguments: [
            ("registry.example.com/library/app:1.2", ["registry.example.com/library/app:1.2"]),
            (
                "  registry.example.com/a/b:1\n\tregistry.example.com/a/b:1 registry.example.com/a/b:2 ",
                ["registry.example.com/a/b:1", "registry.example.com/a/b:2"]
            ),
            ("REGISTRY.example.com/a/b:1", ["REGISTRY.example.com/a/b:1"]),
            ("registry.example.com:443/a/b", ["registry.example.com:443/a/b"]),
            ("10.0.0.7/a/b registry.internal:5000/a/b@\(digest)", ["10.0.0.7/a/b", "registry.internal:5000/a/b@\(digest)"]),
            ("docker-pullable://registry.example.com/a/b@\(digest)", ["registry.example.com/a/b@\(digest)"]),
            ("registry.example.com/a/b:1@\(digest)", ["registry.example.com/a/b:1@\(digest)"]),
            ("registry.example.com:5000/a/b registry.internal/a/b quay.io/x/y:1 nginx:1.27 library/nginx", []),
        ])
    func own(_ text: String, _ own: [String]) {
        let content = Self.parser.read(text, comments: false)
        #expect(content.own.map(\.description) == own && content.malformed == [])
    }

    @Test("references to other registries are counted, each once")
    func foreign() {
        let content = Self.parser.read("quay.io/x/y:1 nginx quay.io/x/y:1", comments: false)
        #expect(content.foreign.count == 2 && content.own == [] && !content.isEmpty)
    }

    @Test(
        "what is no reference is told, also the bare id that a runtime gives to an image nobody pulled",
        arguments: [
            "registry.example.com/UPPER:1", "registry.example.com/a/b:", "<none>", "sha256:abc", digest, "docker://\(digest)", "#", "a:b:c",
        ])
    func malformed(_ word: String) {
        #expect(Self.parser.read("nginx \(word)", comments: false).malformed == [word])
    }

    @Test("comments end with their line, in files")
    func comments() {
        let text = "# running\nregistry.example.com/a/b:1 # the shop\r\n#registry.example.com/a/b:2\nregistry.example.com/a/b:3#x"
        let content = Self.parser.read(text, comments: true)
        #expect(content.own.map { $0.tag?.description } == ["1", "3"] && content.malformed == [])
        #expect(Self.parser.read("# only\n\n", comments: true).isEmpty)
    }

    @Test("what a puller asks for: the digest before the tag, and latest where nothing is named")
    func wanted() throws {
        #expect(try Reference(parsing: "a/b:1@\(Self.digest)").wanted.description == Self.digest)
        #expect(try Reference(parsing: "a/b:1").wanted.description == "1")
        #expect(try Reference(parsing: "a/b").wanted.description == "latest")
    }
}
