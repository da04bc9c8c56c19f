internal import Yams

extension SourceNode {
    /// The tree of a whole file; nil where it is no YAML or says nothing, which `problems` then tell.
    ///
    /// Duplicate keys are reported and the first value is kept.
    init?(_ source: SourceText, problems: ProblemCollector) {
        var repaired = source
        var renamed: [String: String] = [:]
        while true {
            do {
                guard let root = try Parser(yaml: repaired.text, encoding: .utf8).singleRoot() else {
                    problems.report(nil, "the file is empty")
                    return nil
                }
                var builder = TreeBuilder(renamed: renamed, problems: problems)
                guard let tree = builder.tree(root) else { return nil }
                self = tree
                return
            } catch let YamlError.duplicatedKeysInMapping(keys, context) {
                // The parser stops at the first mapping with a duplicate. The key is given another name of the same length, so that
                // the rest of the file is still read and every other problem is reported with it.
                let place = SourcePlace(line: context.mark.line, column: context.mark.column)
                guard let key = keys.first, let name = repaired.rename(key, at: place, number: renamed.count) else {
                    problems.report(place, "duplicate key \(SourceText.quoted(keys.first ?? ""))", hint: "remove one of them")
                    return nil
                }
                renamed[name] = key
            } catch let error as YamlError {
                problems.report(error, in: source)
                return nil
            } catch {
                problems.report(nil, "cannot be parsed: \(error)")
                return nil
            }
        }
    }
}

extension SourceText {
    /// The parser may find only at the end of the text that something is missing: then the end of the last line that says anything.
    fileprivate func shown(_ place: SourcePlace) -> SourcePlace {
        guard place.line >= lines.count, lines.last?.isEmpty == true || place.line > lines.count,
            let last = lines.lastIndex(where: { !$0.isEmpty })
        else { return place }
        return SourcePlace(line: last + 1, column: lines[last].count + 1)
    }

    /// Gives the key at `place` a name of the same length that occurs nowhere; nil where the text there is not the key itself.
    fileprivate mutating func rename(_ key: String, at place: SourcePlace, number: Int) -> String? {
        let scalars = Array(key.unicodeScalars)
        guard number < 64, !scalars.isEmpty, lines.indices.contains(place.line - 1), place.column > 0 else { return nil }
        let line = lines[place.line - 1]
        var start = place.column - 1
        if start < line.count, line[start] == "\"" || line[start] == "'" { start += 1 }
        guard start + scalars.count <= line.count, line[start..<start + scalars.count].elementsEqual(scalars),
            let substitute = Unicode.Scalar(0xE000 + UInt32(number))
        else { return nil }
        let name = [Unicode.Scalar](repeating: substitute, count: scalars.count)
        replace(line: place.line, column: start + 1, by: name)
        return String(String.UnicodeScalarView(name))
    }
}

/// Turns what Yams composed into our tree.
private struct TreeBuilder {
    let renamed: [String: String]
    let problems: ProblemCollector
    /// Aliases can make a small file into a huge tree.
    var budget = 100_000

    mutating func tree(_ node: Node) -> SourceNode? {
        budget -= 1
        let place = SourcePlace(line: node.mark?.line ?? 0, column: node.mark?.column ?? 0)
        guard budget > 0 else {
            if budget == 0 { problems.report(place, "the file holds too many values") }
            return nil
        }
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return SourceNode(value: isNull ? .null : .scalar(scalar.string), place: place)
        case .sequence(let sequence):
            var items: [SourceNode] = []
            for item in sequence {
                guard let item = tree(item) else { return nil }
                items.append(item)
            }
            return SourceNode(value: .sequence(items), place: place)
        case .mapping(let mapping):
            return entries(mapping).map { SourceNode(value: .mapping($0), place: place) }
        case .alias:
            // The composer resolves aliases; one that it left has nothing to stand for.
            problems.report(place, "an alias without its anchor")
            return nil
        }
    }

    private mutating func entries(_ mapping: Node.Mapping) -> [SourceEntry]? {
        var entries: [SourceEntry] = []
        for (key, value) in mapping {
            let place = SourcePlace(line: key.mark?.line ?? 0, column: key.mark?.column ?? 0)
            guard let value = tree(value) else { return nil }
            guard case .scalar(let scalar) = key else {
                problems.report(place, "a key that is not a single word")
                continue
            }
            entries.append(SourceEntry(key: renamed[scalar.string] ?? scalar.string, place: place, value: value))
        }
        var first: [String: SourcePlace] = [:]
        return entries.filter { entry in
            guard let other = first.updateValue(entry.place, forKey: entry.key) else { return true }
            first[entry.key] = other
            problems.report(
                entry.place, "duplicate key \(SourceText.quoted(entry.key))",
                hint: "it stands on line \(other.line) already; remove one of them")
            return false
        }
    }
}

extension ProblemCollector {
    /// Reports what the parser says of text that is no YAML.
    fileprivate func report(_ error: YamlError, in source: SourceText) {
        isSyntax = true
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let reason = context.map { "\($0.text) that begins at line \($0.mark.line), column \($0.mark.column): " } ?? ""
            report(source.shown(SourcePlace(line: mark.line, column: mark.column)), "not valid YAML: \(reason)\(problem)")
        case .reader(let problem, let offset, _, let yaml):
            var place: SourcePlace?
            if let offset {
                let before = SourceText(String(yaml.prefix(offset)), file: source.file)
                place = SourcePlace(line: before.lines.count, column: (before.lines.last?.count ?? 0) + 1)
            }
            report(place, "not valid YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping:
            report(nil, "cannot be parsed as YAML")
        @unknown default:
            report(nil, "cannot be parsed as YAML")
        }
    }
}
