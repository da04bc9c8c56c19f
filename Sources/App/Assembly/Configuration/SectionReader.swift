/// Reads the keys of one mapping and reports what is wrong, missing or unknown.
///
/// Every key that is asked for is known; ``finish(otherwise:)`` reports the rest.
final class SectionReader {
    /// Dotted from the root, such as `jobs.backup`; empty for the root.
    let path: String
    let place: SourcePlace
    let problems: ProblemCollector
    private let entries: [SourceEntry]
    private var asked: [String] = []

    /// Nil, and a problem, where `node` is not a mapping.
    init?(_ node: SourceNode, path: String, problems: ProblemCollector) {
        self.path = path
        self.place = node.place
        self.problems = problems
        switch node.value {
        case .mapping(let entries): self.entries = entries
        case .null, .scalar, .sequence:
            problems.report(
                node.place, path.isEmpty ? "the file must be a mapping, not \(node.kind)" : "'\(path)' must be a mapping, not \(node.kind)",
                hint: "write 'key: value' lines below it")
            return nil
        }
        for entry in entries { problems.note(self.path(of: entry.key), at: entry.value.place) }
    }

    /// All keys, in the order of the file, for mappings whose keys are names.
    var names: [SourceEntry] {
        asked = entries.map(\.key)
        return entries
    }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The last word of the path: the name of a vault, a file set or a job.
    var name: String { path.split(separator: ".").last.map(String.init) ?? "" }

    /// Whether the file gives the key, rightly or not.
    func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

    /// Counts `keys` as known without reading them: where a section is too wrong to be read, its unknown keys may be the reason.
    func know(_ keys: [String]) { asked += keys }

    /// The value of `key` as it stands; an empty one is reported.
    func node(_ key: String) -> SourceNode? {
        asked.append(key)
        guard let entry = entries.first(where: { $0.key == key }) else { return nil }
        if case .null = entry.value.value {
            problems.report(entry.place, "'\(path(of: key))' has no value", hint: "give it one, or remove the line for its default")
            return nil
        }
        return entry.value
    }

    /// The value of `key` made by `parse`; nil where it is absent or wrong.
    func value<Value>(_ key: String, _ parse: (String) throws(MalformedValue) -> Value) -> Value? {
        node(key).flatMap { scalar($0, key, parse) }
    }

    /// As ``value(_:_:)``, and absence is a problem.
    func required<Value>(_ key: String, hint: String? = nil, _ parse: (String) throws(MalformedValue) -> Value) -> Value? {
        need(key, hint: hint)
        return value(key, parse)
    }

    /// Reports that `key` is missing, if it is.
    func need(_ key: String, hint: String? = nil) {
        if !has(key) { problems.report(place, "'\(path)' needs '\(key)'", hint: hint) }
    }

    /// The values of a list, or of a single value standing for a list of one; nil where the key is absent or anything in it is wrong.
    func list<Value>(_ key: String, _ parse: (String) throws(MalformedValue) -> Value) -> [Value]? {
        guard let node = node(key) else { return nil }
        guard case .sequence(let items) = node.value else { return scalar(node, key, parse).map { [$0] } }
        let values = items.map { scalar($0, key, parse) }
        let whole = values.compactMap(\.self)
        return whole.count == values.count ? whole : nil
    }

    /// The mapping under `key`.
    func section(_ key: String) -> SectionReader? {
        node(key).flatMap { SectionReader($0, path: path(of: key), problems: problems) }
    }

    private func scalar<Value>(_ node: SourceNode, _ key: String, _ parse: (String) throws(MalformedValue) -> Value) -> Value? {
        guard case .scalar(let text) = node.value else {
            problems.report(node.place, "'\(path(of: key))' must be a single value, not \(node.kind)")
            return nil
        }
        do {
            return try parse(text)
        } catch {
            let shown = error.isSecret ? "" : " \(SourceText.quoted(text))"
            problems.report(node.place, "'\(path(of: key))':\(shown) \(error.what)", hint: error.hint, hidingValue: error.isSecret)
            return nil
        }
    }

    /// Reports every key that nobody asked for; `otherwise` may say more of a key than that it is unknown.
    func finish(otherwise: (String) -> String? = { _ in nil }) {
        for entry in entries where !asked.contains(entry.key) {
            let known = asked.filter { !has($0) }
            if let reason = otherwise(entry.key) {
                problems.report(entry.place, reason)
            } else {
                problems.report(
                    entry.place, "unknown key \(SourceText.quoted(entry.key))\(path.isEmpty ? "" : " in '\(path)'")",
                    hint: hint(for: entry.key, among: known))
            }
        }
    }

    private func hint(for key: String, among known: [String]) -> String? {
        if key == "<<" { return "merge keys are not read: repeat the values" }
        if SecretMask.isSecret(key: key), let file = known.first(where: { $0 == key + "_file" }) {
            return "secrets do not stand in this file: did you mean '\(file)'?"
        }
        return NearestName.hint(for: key, among: known)
    }
}
