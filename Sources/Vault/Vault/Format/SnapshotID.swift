/// Names a snapshot and the run that made it: `YYYYMMDDThhmmssZ-xxxxxxxx`. Ids sort by time.
package struct SnapshotID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    private let text: String

    /// Parses an id; nil where it does not have the form.
    package init?(parsing text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 25, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"), bytes[16] == UInt8(ascii: "-") else {
            return nil
        }
        let digits = bytes[0..<8] + bytes[9..<15]
        guard digits.allSatisfy({ (48...57).contains($0) }), HexEncoding.bytes(bytes[17...], count: 4) != nil else { return nil }
        self.text = text
    }

    /// The id as it stands in names and manifests.
    package var description: String { text }

    /// Orders by text, hence by time.
    package static func < (left: SnapshotID, right: SnapshotID) -> Bool { left.text < right.text }

    /// Reads the text; throws `DecodingError` where it is no snapshot id.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = SnapshotID(parsing: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a snapshot id: \(text.prefix(80))")
        }
        self = id
    }

    /// Writes the text as one string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
