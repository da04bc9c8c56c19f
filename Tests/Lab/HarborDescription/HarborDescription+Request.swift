import Foundation

extension HarborDescription {
    /// What is wrong with a request by the description; nothing for what is described, or a known exception.
    package func problems(of request: DescribedRequest) -> [String] {
        let name = "\(request.method) \(request.path)"
        guard let operation = operation(request.method, request.path) else {
            return DescriptionException.allows(request) ? [] : ["\(name): no such operation"]
        }
        let problems =
            pathProblems(operation) + queryProblems(operation, request.target) + headerProblems(operation, request.headers)
            + bodyProblems(operation, request.body)
        return problems.map { "\(operation.name): \($0)" }
    }

    private func pathProblems(_ operation: DescribedOperation) -> [String] {
        operation.pathValues.sorted { $0.key < $1.key }.flatMap { name, raw -> [String] in
            guard let parameter = operation.parameters.first(where: { $0["in"]?.text == "path" && $0["name"]?.text == name }) else {
                return ["path parameter \(name) is not described"]
            }
            guard let value = raw.removingPercentEncoding else { return ["path parameter \(name) is badly encoded"] }
            if name == "repository_name" {
                if value.contains("/") { return ["the repository's name is encoded once, not twice"] }
                if value.removingPercentEncoding == nil { return ["the repository's name is badly encoded"] }
            }
            return valueProblems(value, parameter, "path parameter \(name)")
        }
    }

    private func queryProblems(_ operation: DescribedOperation, _ target: String) -> [String] {
        let described = parameters("query", operation)
        var problems: [String] = []
        var seen: Set<String> = []
        let query = target.firstIndex(of: "?").map { target[target.index(after: $0)...] } ?? ""
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0].removingPercentEncoding ?? parts[0]
            if !seen.insert(name).inserted { problems.append("query parameter \(name) stands twice") }
            guard let parameter = described[name] else {
                problems.append("query parameter \(name) is not described")
                continue
            }
            // A plus would become a space, and a second question mark or a space shows a value that was not encoded.
            guard parts.count == 2, !parts[1].contains(where: { "+? ".contains($0) }), let value = parts[1].removingPercentEncoding else {
                problems.append("query parameter \(name) is badly encoded")
                continue
            }
            problems += valueProblems(value, parameter, "query parameter \(name)")
        }
        return problems + missing(described, seen, "query parameter")
    }

    private func headerProblems(_ operation: DescribedOperation, _ headers: [(name: String, value: String)]) -> [String] {
        let described = Dictionary(
            uniqueKeysWithValues: parameters("header", operation).map { ($0.key.lowercased(), $0.value) })
        var problems: [String] = []
        for header in headers {
            let name = header.name.lowercased()
            if name == "cookie" { problems.append("it sends a cookie") }
            if let parameter = described[name] {
                problems += valueProblems(header.value, parameter, "header \(header.name)")
            } else if name.hasPrefix("x-") {
                problems.append("header \(header.name) is not described")
            }
        }
        return problems + missing(described, Set(headers.map { $0.name.lowercased() }), "header")
    }

    private func bodyProblems(_ operation: DescribedOperation, _ body: [UInt8]) -> [String] {
        guard let parameter = operation.parameters.first(where: { $0["in"]?.text == "body" }) else {
            return body.isEmpty ? [] : ["it has a body, and none is described"]
        }
        guard !body.isEmpty else { return parameter["required"]?.isTrue == true ? ["its body is missing"] : [] }
        guard let schema = parameter["schema"] else { return [] }
        do {
            return SchemaCheck(description: self, isAnswer: false).problems(of: try JSONBody(body), schema, at: "body")
        } catch {
            return ["its body is no JSON"]
        }
    }

    private func parameters(_ place: String, _ operation: DescribedOperation) -> [String: DescriptionNode] {
        let pairs = operation.parameters.compactMap { parameter -> (String, DescriptionNode)? in
            guard parameter["in"]?.text == place, let name = parameter["name"]?.text else { return nil }
            return (name, parameter)
        }
        return Dictionary(pairs) { _, own in own }
    }

    private func missing(_ described: [String: DescriptionNode], _ present: Set<String>, _ what: String) -> [String] {
        described.filter { $0.value["required"]?.isTrue == true && !present.contains($0.key) }.keys.sorted().map {
            "\(what) \($0) is missing"
        }
    }

    /// What is wrong with a value that comes as text.
    private func valueProblems(_ text: String, _ parameter: DescriptionNode, _ place: String) -> [String] {
        let check = SchemaCheck(description: self, isAnswer: false)
        let value: JSONBody
        switch parameter["type"]?.text {
        case "integer":
            guard let number = Int64(text) else { return ["\(place) is '\(text)', no integer"] }
            value = .number(Decimal(number))
        case "number":
            guard let number = Decimal(string: text) else { return ["\(place) is '\(text)', no number"] }
            value = .number(number)
        case "boolean":
            guard let flag = Bool(text) else { return ["\(place) is '\(text)', no truth value"] }
            value = .flag(flag)
        default: value = .text(text)
        }
        return check.problems(of: value, parameter, at: place)
    }
}
