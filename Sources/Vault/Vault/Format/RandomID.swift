/// 128 random bits that name a pack, a record or a vault and say nothing about it.
package struct RandomID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// 16 bytes.
    package let bytes: [UInt8]

    /// A new id from the system's generator.
    package init() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Wraps exactly 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Parses 32 lower-case hex digits; nil for anything else.
    package init?(parsing text: String) {
        guard let bytes = HexEncoding.bytes(text.utf8, count: 16) else { return nil }
        self.bytes = bytes
    }

    /// 32 lower-case hex digits.
    package var description: String { HexEncoding.text(bytes) }

    /// Orders by bytes, as the text sorts.
    package static func < (left: RandomID, right: RandomID) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    /// Reads the hex text; throws `DecodingError` where it is no id.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = RandomID(parsing: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an id of 32 hex digits: \(text.prefix(80))")
        }
        self = id
    }

    /// Writes the hex text as one string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
