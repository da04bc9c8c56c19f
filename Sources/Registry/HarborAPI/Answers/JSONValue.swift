/// Any JSON value.
enum JSONValue: Sendable, Equatable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A value is of one type, so each attempt that fails only rules its type out. The most frequent come first.
        if let text = try? container.decode(String.self) {  // harmless: the next type is tried
            self = .text(text)
        } else if container.decodeNil() {
            self = .null
        } else if let integer = try? container.decode(Int64.self) {  // harmless: the next type is tried
            self = .integer(integer)
        } else if let flag = try? container.decode(Bool.self) {  // harmless: the next type is tried
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {  // harmless: the next type is tried
            self = .number(number)
        } else if let object = try? container.decode([String: JSONValue].self) {  // harmless: the next type is tried
            self = .object(object)
        } else {
            self = .array(try container.decode([JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let flag): try container.encode(flag)
        case .integer(let integer): try container.encode(integer)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByDictionaryLiteral {
    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
