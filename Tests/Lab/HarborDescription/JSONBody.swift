import Foundation

/// A JSON value, numbers exact.
enum JSONBody: Decodable, Equatable {
    case null
    case flag(Bool)
    case number(Decimal)
    case text(String)
    case list([JSONBody])
    case map([String: JSONBody])

    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(JSONBody.self, from: Data(bytes)) }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A value is of one type, so each attempt that fails only rules its type out.
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {  // harmless: the next type is tried
            self = .text(text)
        } else if let flag = try? container.decode(Bool.self) {  // harmless: the next type is tried
            self = .flag(flag)
        } else if let number = try? container.decode(Decimal.self) {  // harmless: the next type is tried
            self = .number(number)
        } else if let list = try? container.decode([JSONBody].self) {  // harmless: the next type is tried
            self = .list(list)
        } else {
            self = .map(try container.decode([String: JSONBody].self))
        }
    }

    var kind: String {
        switch self {
        case .null: "null"
        case .flag: "a truth value"
        case .number: "a number"
        case .text: "text"
        case .list: "a list"
        case .map: "an object"
        }
    }
}
