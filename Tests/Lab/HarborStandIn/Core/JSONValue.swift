package import Foundation

/// A JSON document, for answers whose shape depends on the request.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Reads a document; throws `DecodingError` for what is none.
    package init(parsing bytes: some DataProtocol) throws { self = try JSONDecoder().decode(JSONValue.self, from: Data(bytes)) }

    /// Reads a document; throws `DecodingError` for what is none.
    package init(parsing text: String) throws { try self.init(parsing: Data(text.utf8)) }

    /// The member of an object; nil for other values and where it is missing.
    package subscript(name: String) -> JSONValue? {
        get {
            guard case .object(let members) = self else { return nil }
            return members[name]
        }
        set {
            guard case .object(var members) = self else { return }
            members[name] = newValue
            self = .object(members)
        }
    }

    /// The text, nil for other values.
    package var text: String? { if case .text(let value) = self { value } else { nil } }
    /// The integer, nil for other values.
    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    /// The Boolean, nil for other values.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The elements, nil for other values.
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    /// The members, nil for other values.
    package var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }

    /// The document as bytes, its members in the order of their names. Throws `EncodingError` for a number that JSON has no word for.
    package func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}

extension JSONValue: Codable {
    /// Reads one value of any kind.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
            return
        }
        // A value is of one kind; the others refuse it.
        if let value = try? container.decode(Bool.self) {  // another kind follows
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {  // another kind follows
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {  // another kind follows
            self = .number(value)
        } else if let value = try? container.decode(String.self) {  // another kind follows
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {  // another kind follows
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Writes the value as it is.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral, ExpressibleByStringInterpolation
{
    /// `true` or `false`.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer.
    package init(integerLiteral value: Int64) { self = .integer(value) }
    /// A text.
    package init(stringLiteral value: String) { self = .text(value) }
    /// An array.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; of a repeated name the last value counts.
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(Dictionary(elements) { $1 }) }
    /// `null`.
    package init(nilLiteral: ()) { self = .null }
}
