import Foundation

extension HarborDescription {
    /// What is wrong with an answer to `request` by the description; nothing for what is described, or a known exception.
    package func problems(of response: DescribedResponse, to request: DescribedRequest) -> [String] {
        guard let operation = operation(request.method, request.path) else {
            return DescriptionException.allows(request) ? [] : ["\(request.method) \(request.path): no such operation"]
        }
        return problems(of: response, operation).map { "\(operation.name), status \(response.status): \($0)" }
    }

    private func problems(of response: DescribedResponse, _ operation: DescribedOperation) -> [String] {
        guard let declared = operation.node["responses"]?["\(response.status)"].map(resolved) else {
            guard DescriptionException.allows(status: response.status, of: operation.name) else { return ["the status is not described"] }
            return errorProblems(response)
        }
        var problems: [String] = []
        let names = Set(response.headers.map { $0.name.lowercased() })
        // Without its count a list cannot be read whole.
        if declared["headers"]?["X-Total-Count"] != nil {
            let count = response.headers.first { $0.name.lowercased() == "x-total-count" }?.value
            if count.flatMap(Int.init) == nil { problems.append("header X-Total-Count is missing or no number") }
        }
        guard let schema = declared["schema"].map(resolved) else {
            // Some errors are described by a sentence only, and have the body of all others.
            if response.status >= 400 { return problems + errorProblems(response) }
            return problems + (response.body.isEmpty ? [] : ["it has a body, and none is described"])
        }
        // Texts of any kind, also JSON that the description calls text, stand as they are.
        if schema["type"]?.text == "string" { return problems }
        if !names.contains("content-type") { problems.append("header Content-Type is missing") }
        do {
            return problems + SchemaCheck(description: self, isAnswer: true).problems(of: try JSONBody(response.body), schema, at: "body")
        } catch {
            return problems + ["its body is no JSON"]
        }
    }

    /// An error's body is Harbor's own form, or the proxy's web page, or nothing.
    private func errorProblems(_ response: DescribedResponse) -> [String] {
        guard response.status >= 400, let schema = resolved(.map(["$ref": .text("#/definitions/Errors")])) as DescriptionNode?,
            !response.body.isEmpty
        else { return [] }
        let type = response.headers.first { $0.name.lowercased() == "content-type" }?.value.lowercased() ?? ""
        if type.hasPrefix("text/html"), response.status >= 500 || response.status == 429 || response.status == 413 { return [] }
        do {
            return SchemaCheck(description: self, isAnswer: true).problems(of: try JSONBody(response.body), schema, at: "body")
        } catch {
            return ["its body is no JSON"]
        }
    }
}
