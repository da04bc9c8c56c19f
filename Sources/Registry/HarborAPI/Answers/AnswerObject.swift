import Foundation
import OCIImage

/// An object in an answer of Harbor.
///
/// Harbor leaves out members that are zero, empty or false, and sends `null` for others: both mean the same here. A member of another
/// type than expected is an error, since it shows another API than the one we know. Unknown members are passed over.
struct AnswerObject {
    let members: [String: JSONValue]
    let operation: HarborOperation

    /// Throws `unexpectedAnswer` for anything but an object.
    init(_ value: JSONValue, of operation: HarborOperation) throws {
        guard case .object(let members) = value else { throw operation.unexpected("something else stands for an object") }
        self.members = members
        self.operation = operation
    }

    /// Nil for a text that is absent or empty.
    func text(_ name: String) throws -> String? {
        switch members[name] {
        case nil, .null, .text(""): nil
        case .text(let text): text
        case .flag, .integer, .number, .array, .object: throw mistyped(name, "text")
        }
    }

    func requiredText(_ name: String) throws -> String {
        guard let text = try text(name) else { throw missing(name) }
        return text
    }

    /// Zero for an absent number.
    func integer(_ name: String) throws -> Int64 { try optionalInteger(name) ?? 0 }

    func optionalInteger(_ name: String) throws -> Int64? {
        switch members[name] {
        case nil, .null: return nil
        case .integer(let value): return value
        case .number(let value):
            guard let exact = Int64(exactly: value) else { throw mistyped(name, "whole number") }
            return exact
        case .flag, .text, .array, .object: throw mistyped(name, "number")
        }
    }

    func requiredInteger(_ name: String) throws -> Int64 {
        guard let value = try optionalInteger(name) else { throw missing(name) }
        return value
    }

    /// False for an absent one.
    func flag(_ name: String) throws -> Bool { try optionalFlag(name) ?? false }

    func optionalFlag(_ name: String) throws -> Bool? {
        switch members[name] {
        case nil, .null: nil
        case .flag(let value): value
        // Maps of metadata and job parameters write truth as text.
        case .text("true"): true
        case .text("false"): false
        case .text, .integer, .number, .array, .object: throw mistyped(name, "truth value")
        }
    }

    /// Nil for "never" and for an absent time. Throws for a text that is no time.
    func time(_ name: String) throws -> Date? {
        guard let text = try text(name) else { return nil }
        if let time = HarborTime.parse(text) { return time }
        guard text.hasPrefix("0001-01-01T") || text.hasPrefix("0000-") else { throw mistyped(name, "time") }
        return nil
    }

    func object(_ name: String) throws -> AnswerObject? {
        switch members[name] {
        case nil, .null: nil
        case .object(let members)?: try AnswerObject(.object(members), of: operation)
        case .flag, .integer, .number, .text, .array: throw mistyped(name, "object")
        }
    }

    /// None for an absent array.
    func objects(_ name: String) throws -> [AnswerObject] {
        switch members[name] {
        case nil, .null: []
        case .array(let elements)?: try elements.map { try AnswerObject($0, of: operation) }
        case .flag, .integer, .number, .text, .object: throw mistyped(name, "array")
        }
    }

    /// The members of a map whose values are texts, other values left out; empty for an absent map.
    func texts(_ name: String) throws -> [String: String] {
        try object(name)?.members.compactMapValues { value in
            guard case .text(let text) = value else { return nil }
            return text
        } ?? [:]
    }

    func digest(_ name: String) throws -> Digest {
        let text = try requiredText(name)
        do {
            return try Digest(parsing: text)
        } catch {
            throw operation.unexpected("member '\(name)' is no digest: \(error.problem)")
        }
    }

    /// An object that a text holds, as JSON in JSON; nil for an absent or empty one.
    func nested(_ name: String) throws -> AnswerObject? {
        guard let text = try text(name) else { return nil }
        do {
            return try AnswerObject(JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)), of: operation)
        } catch {
            // The decoder's own text could quote what is secret in there.
            throw mistyped(name, "JSON in a text")
        }
    }

    private func missing(_ name: String) -> HarborAPIError { operation.unexpected("member '\(name)' is missing") }

    private func mistyped(_ name: String, _ type: String) -> HarborAPIError {
        operation.unexpected("member '\(name)' is no \(type)")
    }
}

extension HarborOperation {
    /// An answer that cannot be read, and why.
    func unexpected(_ reason: String) -> HarborAPIError {
        HarborAPIError(
            .unexpectedAnswer, "cannot read Harbor's answer to \(rawValue): \(reason)",
            remedy: "check that the URL is Harbor's own and that its version is 2.11 or newer")
    }
}
