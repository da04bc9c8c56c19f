/// Reads a header that arrives in pieces, line by line. What it keeps is bounded by `AgeHeader.limit`.
struct AgeHeaderParser {
    private enum Expectation {
        case version
        /// A stanza's arguments, or the MAC unless the header has no stanza yet.
        case stanza
        case body(arguments: [String], encoded: String)
    }

    private var expectation = Expectation.version
    private var stanzas: [AgeStanza] = []
    /// Every byte of the header so far.
    private var bytes: [UInt8] = []
    private var lineStart = 0

    private static let newline = UInt8(ascii: "\n")
    private static let macPrefix = "--- "
    private static let stanzaPrefix = "-> "
    private static let macLength = 32

    /// Takes what belongs to the header from `input` and says how much that was; the header is there once its last line was seen.
    mutating func consume(_ input: UnsafeRawBufferPointer) throws(AgeError) -> (count: Int, header: AgeHeader?) {
        for (index, byte) in input.enumerated() {
            guard bytes.count < AgeHeader.limit else { throw .header("it is larger than \(AgeHeader.limit) bytes") }
            bytes.append(byte)
            guard byte == Self.newline else {
                // Refused at once, not at a newline that may never come: what is read may be no age file at all.
                if case .version = expectation { try checkVersionSoFar() }
                continue
            }
            let line = bytes[lineStart..<(bytes.count - 1)]
            if let header = try finishLine(line) { return (index + 1, header) }
            lineStart = bytes.count
        }
        return (input.count, nil)
    }

    private func checkVersionSoFar() throws(AgeError) {
        let expected = AgeHeader.versionLine.utf8
        guard bytes.count > expected.count || !expected.starts(with: bytes) else { return }
        if bytes.first == UInt8(ascii: "-") {
            throw .header("this is not a binary age file, perhaps an armored one", remedy: "decode the armor first")
        }
        let shared = "age-encryption.org/"
        if bytes.starts(with: shared.utf8) { throw .header("its version is not v1", remedy: "decrypt it with a newer 'age'") }
        throw .header("this is not an age file")
    }

    private mutating func finishLine(_ line: ArraySlice<UInt8>) throws(AgeError) -> AgeHeader? {
        switch expectation {
        case .version:
            guard line.elementsEqual(AgeHeader.versionLine.utf8) else { throw .header("this is not an age file") }
            expectation = .stanza
        case .stanza:
            // Everything in a header is visible ASCII and single spaces, checked where each part is taken out of its line.
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("---") { return try finish(text) }
            expectation = .body(arguments: try arguments(text), encoded: "")
        case .body(let arguments, var encoded):
            guard line.count <= AgeStanza.bodyColumns else {
                throw .header("a line of a stanza is longer than \(AgeStanza.bodyColumns) characters")
            }
            encoded += String(decoding: line, as: UTF8.self)
            guard line.count < AgeStanza.bodyColumns else {
                expectation = .body(arguments: arguments, encoded: encoded)
                return nil
            }
            guard let body = UnpaddedBase64.decode(encoded) else { throw .header("the body of a stanza is not canonical base 64") }
            stanzas.append(AgeStanza(arguments: arguments, body: body))
            expectation = .stanza
        }
        return nil
    }

    private func arguments(_ line: String) throws(AgeError) -> [String] {
        guard line.hasPrefix(Self.stanzaPrefix) else { throw .header("a line begins neither a stanza nor the MAC") }
        let arguments = line.utf8.dropFirst(Self.stanzaPrefix.utf8.count).split(
            separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard arguments.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (33...126).contains($0) } }) else {
            throw .header("the arguments of a stanza are not visible characters between single spaces")
        }
        return arguments.map { String(decoding: $0, as: UTF8.self) }
    }

    private func finish(_ line: String) throws(AgeError) -> AgeHeader {
        guard line.hasPrefix(Self.macPrefix), let mac = UnpaddedBase64.decode(String(line.dropFirst(Self.macPrefix.count))),
            mac.count == Self.macLength
        else { throw .header("its MAC is not 32 bytes in canonical base 64") }
        guard !stanzas.isEmpty else { throw .header("it names no recipient") }
        return AgeHeader(stanzas: stanzas, authenticated: Array(bytes[..<(lineStart + 3)]), mac: mac)
    }
}
