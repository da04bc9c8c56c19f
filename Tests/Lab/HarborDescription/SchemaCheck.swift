import Foundation

/// Compares values with schemas as Harbor's generated code reads them.
///
/// There an object without described members is any value; and an empty list in an answer is `null` where nobody made one.
struct SchemaCheck {
    let description: HarborDescription
    let isAnswer: Bool

    func problems(of value: JSONBody, _ unresolved: DescriptionNode, at place: String) -> [String] {
        let schema = description.resolved(unresolved)
        let type = schema["type"]?.text ?? (schema["properties"] == nil ? nil : "object")
        if value == .null { return isNullable(schema, unresolved, type) ? [] : ["\(place) is null"] }
        switch (type, value) {
        case ("string", .text(let text)): return textProblems(text, schema, place)
        case ("integer", .number(let number)), ("number", .number(let number)): return numberProblems(number, schema, place)
        case ("boolean", .flag): return []
        case ("array", .list(let elements)):
            guard let items = schema["items"] else { return [] }
            return elements.enumerated().flatMap { problems(of: $1, items, at: "\(place)[\($0)]") }
        case ("object", let value) where schema["properties"] == nil && schema["additionalProperties"] == nil:
            return value == .null ? ["\(place) is null"] : []
        case ("object", .map(let members)), (nil, .map(let members)): return objectProblems(members, schema, place)
        case (nil, _): return []
        default: return ["\(place) is \(value.kind), not \(type ?? "")"]
        }
    }

    private func isNullable(_ schema: DescriptionNode, _ use: DescriptionNode, _ type: String?) -> Bool {
        let marks = ["x-nullable", "x-isnullable"]
        if marks.contains(where: { schema[$0]?.isTrue == true || use[$0]?.isTrue == true }) { return true }
        // A member that is an object is a pointer in the generated code, and nil without one.
        return isAnswer && (type == "array" || type == "object" || type == nil)
    }

    private func objectProblems(_ members: [String: JSONBody], _ schema: DescriptionNode, _ place: String) -> [String] {
        let described = schema["properties"]?.members ?? [:]
        let missing = (schema["required"]?.list ?? []).compactMap(\.text).filter { members[$0] == nil }.map { "\(place).\($0) is missing" }
        let others = schema["additionalProperties"]
        return missing
            + members.sorted { $0.key < $1.key }.flatMap { name, value -> [String] in
                if let own = described[name] { return problems(of: value, own, at: "\(place).\(name)") }
                guard let others, others.text != "false" else { return ["\(place).\(name) is not described"] }
                return others.text == "true" ? [] : problems(of: value, others, at: "\(place).\(name)")
            }
    }

    private func textProblems(_ text: String, _ schema: DescriptionNode, _ place: String) -> [String] {
        var found: [String] = []
        let words = (schema["enum"]?.list ?? []).compactMap(\.text)
        if !words.isEmpty, !words.contains(text), !(isAnswer && text.isEmpty) {
            found.append("\(place) is '\(text)', none of \(words.joined(separator: ", "))")
        }
        if let longest = schema["maxLength"]?.number, Double(text.count) > longest { found.append("\(place) is too long") }
        if let shortest = schema["minLength"]?.number, Double(text.count) < shortest { found.append("\(place) is too short") }
        if schema["format"]?.text == "date-time", !Self.isTime(text) { found.append("\(place) is '\(text)', no RFC 3339 time") }
        if let pattern = schema["pattern"]?.text {
            do {
                if try Regex(pattern).firstMatch(in: text) == nil { found.append("\(place) does not match \(pattern)") }
            } catch {
                found.append("\(place) has the pattern \(pattern), which cannot be read")
            }
        }
        return found
    }

    private func numberProblems(_ number: Decimal, _ schema: DescriptionNode, _ place: String) -> [String] {
        var found: [String] = []
        if schema["type"]?.text == "integer" {
            var (exact, rounded) = (number, Decimal())
            NSDecimalRound(&rounded, &exact, 0, .plain)
            if rounded != number { found.append("\(place) is no whole number") }
        }
        let range: ClosedRange<Decimal>? =
            switch schema["format"]?.text {
            case "int8": Decimal(Int8.min)...Decimal(Int8.max)
            case "int32": Decimal(Int32.min)...Decimal(Int32.max)
            case "int64", "int": Decimal(Int64.min)...Decimal(Int64.max)
            case "uint64": 0...Decimal(UInt64.max)
            default: nil
            }
        if let range, !range.contains(number) { found.append("\(place) is beyond its format") }
        let value = NSDecimalNumber(decimal: number).doubleValue
        if let most = schema["maximum"]?.number, value > most { found.append("\(place) is more than \(most)") }
        if let least = schema["minimum"]?.number, value < least { found.append("\(place) is less than \(least)") }
        return found
    }

    private static func isTime(_ text: String) -> Bool {
        text.wholeMatch(of: /\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)/) != nil
    }
}
