import Foundation

/// JSON as the format writes it: sorted keys, RFC 3339 times in UTC, additive.
package enum FormatJSON {
    /// Pretty-printed with a line end, so that people and `diff` read it.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        return Array(try encoder.encode(value)) + Array("\n".utf8)
    }

    /// One line without a line end, for line-oriented objects.
    package static func encodeLine(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        return Array(try encoder.encode(value))
    }

    /// Decodes `bytes`; throws `malformed` naming `what`.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], what: String) throws(VaultError) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw VaultError(.malformed, "\(what) is not the JSON that its format says", cause: error)
        }
    }

    /// Throws `malformed` unless `bytes` say that they are `format` of `version`. Asked before the rest is decoded, since another version
    /// may have another shape.
    package static func require(_ format: String, version: Int, in bytes: [UInt8], what: String) throws(VaultError) {
        let head = try decode(Head.self, from: bytes, what: what)
        guard head.format == format else { throw VaultError(.malformed, "\(what) is '\(head.format.prefix(80))', not '\(format)'") }
        guard head.version == version else {
            throw VaultError(.malformed, "\(what) has version \(head.version), which this opsd does not know", remedy: "use a newer opsd")
        }
    }

    private struct Head: Decodable {
        let format: String
        let version: Int
    }
}
