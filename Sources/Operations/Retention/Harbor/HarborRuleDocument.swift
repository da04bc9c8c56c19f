import Foundation

/// A retention policy or an immutability rule as Harbor stores it. What Harbor's own reader takes for absent may be absent here.
struct HarborRuleDocument: Decodable {
    struct Rule: Decodable {
        var disabled: Bool?
        var action: String?
        var template: String?
        var params: [String: Parameter]?
        var tagSelectors: [Selector]?
        var scopeSelectors: [String: [Selector]]?

        enum CodingKeys: String, CodingKey {
            case disabled, action, template, params
            case tagSelectors = "tag_selectors"
            case scopeSelectors = "scope_selectors"
        }
    }

    struct Selector: Decodable {
        var kind: String?
        var decoration: String?
        var pattern: String?
        var extras: String?
    }

    struct Scope: Decodable {
        var level: String?
    }

    /// A number, or anything else: Harbor reads numbers alone.
    enum Parameter: Decodable {
        case number(Double)
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let number = try? container.decode(Double.self)  // a text is no error to Harbor: the rule then has its default
            self = number.map(Parameter.number) ?? .other
        }
    }

    struct Extras: Decodable {
        var untagged: Bool?
    }

    var algorithm: String?
    var rules: [Rule]?
    var scope: Scope?

    /// Reads JSON; throws `malformedRule`.
    static func read<Document: Decodable>(_ json: String, as type: Document.Type) throws(RetentionError) -> Document {
        do {
            return try JSONDecoder().decode(type, from: Data(json.utf8))
        } catch {
            throw RetentionError(
                .malformedRule, "a rule of Harbor's is not the JSON that Harbor writes", remedy: "save it again in Harbor",
                cause: "\((error as? DecodingError).map(Self.place) ?? "unreadable")")
        }
    }

    private static func place(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context), .dataCorrupted(let context):
            "at '\(context.codingPath.map(\.stringValue).joined(separator: "."))'"
        @unknown default: "unreadable"
        }
    }
}

extension HarborRuleDocument.Selector {
    /// The selector that Harbor makes of it; throws `unknownRule` for a kind or a decoration that Harbor refuses.
    func selector(ignoringExtras ignoresExtras: Bool = false) throws(RetentionError) -> HarborSelector {
        guard kind == "doublestar" else { throw Self.unknown("selector", kind) }
        guard let decoration = decoration.flatMap(HarborSelector.Decoration.init) else { throw Self.unknown("decoration", decoration) }
        return HarborSelector(
            decoration: decoration, pattern: try DoublestarPattern(parsing: pattern ?? ""),
            untagged: ignoresExtras ? false : untagged(of: decoration))
    }

    /// Extras that cannot be read count as absent; extras that can, and say nothing, count as false.
    private func untagged(of decoration: HarborSelector.Decoration) -> Bool {
        let absent = decoration != .excludes
        guard let extras, !extras.isEmpty else { return absent }
        do {
            return try JSONDecoder().decode(HarborRuleDocument.Extras?.self, from: Data(extras.utf8))?.untagged ?? false
        } catch {
            return absent
        }
    }

    static func unknown(_ what: String, _ word: String?) -> RetentionError {
        RetentionError(
            .unknownRule, "a rule of Harbor's has the \(what) '\(word?.prefix(100) ?? "")', which is unknown",
            remedy: "change the rule in Harbor, or take its project out of the job")
    }
}
