import Foundation
import OCIImage
import Testing

@Suite("Names follow distribution's grammar")
struct ReferenceTests {
    @Test(
        "repository names that registries accept",
        arguments: [
            "a", "0", "library/ubuntu", "a/b/c/d/e/f/g/h/i/j", "foo.bar/baz_qux", "foo__bar", "foo--------bar", "a-b_c.d", "1.2.3",
            "my.project/app", String(repeating: "a", count: 255), String(repeating: "a/", count: 127) + "a",
        ])
    func soundName(_ text: String) throws {
        let name = try RepositoryName(parsing: text)
        #expect(name.description == text)
        #expect(name.components.joined(separator: "/") == text)
    }

    @Test(
        "repository names that registries refuse",
        arguments: [
            "", "/", "a/", "/a", "a//b", "A", "a/B", "a..b", "a___b", "a._b", "-a", "a-", "_a", "a_", ".a", "a.", "a b", "a:b", "a@b", "ä",
            "a/../b", "..", "_layers", "a/_manifests/b", "a\n", "a\0b", String(repeating: "a", count: 256),
        ])
    func brokenName(_ text: String) {
        let failure = #expect(throws: OCIError.self) { try RepositoryName(parsing: text) }
        #expect(failure?.code == .malformedName)
    }

    @Test(
        "tags that registries accept",
        arguments: ["latest", "v1.0-rc_1", "_x", "A", String(repeating: "t", count: 128), "sha256-ab.sig", "1..2"])
    func soundTag(_ text: String) throws {
        #expect(try TagName(parsing: text).description == text)
    }

    @Test(
        "tags that registries refuse",
        arguments: ["", ".x", "-x", "a/b", "a:b", "a b", "é", "a\n", String(repeating: "t", count: 129), ".."])
    func brokenTag(_ text: String) {
        #expect(throws: OCIError.self) { try TagName(parsing: text) }
    }

    struct Parts: Sendable, CustomTestStringConvertible {
        let text: String
        let host: String?
        let repository: String
        var tag: String?
        var digest = false
        var testDescription: String { text }
    }

    static let digest = DigestTests.emptySHA256

    @Test(
        "a reference is taken apart and put together",
        arguments: [
            Parts(text: "app", host: nil, repository: "app"),
            Parts(text: "library/app:1.0", host: nil, repository: "library/app", tag: "1.0"),
            Parts(text: "registry.example.com/library/app", host: "registry.example.com", repository: "library/app"),
            Parts(text: "registry.example.com:5000/app:v1", host: "registry.example.com:5000", repository: "app", tag: "v1"),
            Parts(text: "localhost/app", host: "localhost", repository: "app"),
            Parts(text: "localhost:5000/a/b/c:x", host: "localhost:5000", repository: "a/b/c", tag: "x"),
            Parts(text: "[2001:db8::1]:5000/app", host: "[2001:db8::1]:5000", repository: "app"),
            Parts(text: "[::1]/app:t", host: "[::1]", repository: "app", tag: "t"),
            Parts(text: "Registry.Example/app", host: "Registry.Example", repository: "app"),
            Parts(text: "app@\(digest)", host: nil, repository: "app", digest: true),
            Parts(text: "h.io/app:t@\(digest)", host: "h.io", repository: "app", tag: "t", digest: true),
        ])
    func parts(_ parts: Parts) throws {
        let reference = try Reference(parsing: parts.text)
        #expect(reference.host == parts.host)
        #expect(reference.repository.description == parts.repository)
        #expect(reference.tag?.description == parts.tag)
        #expect(reference.digest?.description == (parts.digest ? Self.digest : nil))
        #expect(reference.description == parts.text)
    }

    @Test(
        "a reference with a broken part is refused",
        arguments: [
            "", ":tag", "app:", "app@", "app@sha256:1", "app:t:u", "host.io/", "-host.io/app", "host-.io/app", "host.io:x/app",
            "host.io:70000/app",
            "host.io:/app", "[::1/app", "[]/app", "[::1]x/app", "[::g]/app", "a..b/app:1", "Upper/app", "https://host.io/app",
        ])
    func broken(_ text: String) {
        #expect(throws: OCIError.self) { try Reference(parsing: text) }
    }

    @Test("names are ordered byte by byte, as PostgreSQL orders them under COLLATE C")
    func order() throws {
        let names = try ["b", "a/b", "a-b", "a", "a.b", "a0"].map { try RepositoryName(parsing: $0) }
        #expect(names.sorted().map(\.description) == ["a", "a-b", "a.b", "a/b", "a0", "b"])
        let tags = try ["b", "B", "_", "1"].map { try TagName(parsing: $0) }
        #expect(tags.sorted().map(\.description) == ["1", "B", "_", "b"])
    }

    @Test("names are coded as their texts, and broken ones do not decode")
    func coding() throws {
        let name = try RepositoryName(parsing: "a/b")
        let tag = try TagName(parsing: "v1")
        let coder = JSONDecoder()
        #expect(try coder.decode([RepositoryName].self, from: JSONEncoder().encode([name])) == [name])
        #expect(try coder.decode([TagName].self, from: JSONEncoder().encode([tag])) == [tag])
        #expect(throws: (any Error).self) { try coder.decode([RepositoryName].self, from: Data("[\"../x\"]".utf8)) }
        #expect(throws: (any Error).self) { try coder.decode([TagName].self, from: Data("[\"../x\"]".utf8)) }
    }
}
