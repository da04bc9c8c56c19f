import Postgres
import Testing

@Suite("COPY text")
struct CopyTextTests {
    @Test(
        "an encoded line decodes to the same fields",
        arguments: [
            [""], ["a", "b"], [nil], [nil, "", nil],
            ["tab\there", "line\nbreak", "cr\rcr", "back\\slash", "\\N", "\\.", "grüße 🦭", "\u{1}\u{8}\u{b}\u{c}"],
        ] as [[String?]])
    func roundTrip(fields: [String?]) throws {
        #expect(try CopyText.fields(ofLine: CopyText.line(of: fields)) == fields)
    }

    @Test(
        "escapes decode as the server's manual says",
        arguments: [
            ("\\b\\f\\n\\r\\t\\v\\\\", "\u{8}\u{c}\n\r\t\u{b}\\"), ("\\101\\x42\\x4", "AB\u{4}"), ("\\q\\.", "q."), ("\\60", "0"),
            ("\\xg", "xg"),
        ])
    func escapes(text: String, decoded: String) throws {
        #expect(try CopyText.fields(ofLine: Array(text.utf8)) == [decoded])
    }

    @Test("a lone backslash at the end and broken UTF-8 are refused", arguments: [Array("abc\\".utf8), [0xFF, 0x0A], Array("\\377".utf8)])
    func malformed(line: [UInt8]) {
        #expect(throws: PostgresError.self) { try CopyText.fields(ofLine: line) }
    }
}
