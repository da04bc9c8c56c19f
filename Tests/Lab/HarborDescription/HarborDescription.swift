package import Foundation
import Yams

/// Harbor's own description of its API (Swagger 2.0), and what it says against a request or an answer.
package struct HarborDescription: Sendable {
    /// What the paths of the description stand below.
    package static let basePath = "/api/v2.0"

    private let root: DescriptionNode
    /// Paths by how many of their segments are words, most first, so that a word wins over a parameter.
    private let templates: [PathTemplate]

    /// Reads a description. Throws `DescriptionError`, and what the YAML parser throws.
    package init(yaml: String) throws {
        guard let node = try compose(yaml: yaml) else { throw DescriptionError("the description is empty") }
        root = try DescriptionNode(node)
        guard root["swagger"]?.text == "2.0", root["basePath"]?.text == Self.basePath else {
            throw DescriptionError("this is no description of Harbor's API in Swagger 2.0")
        }
        templates = (root["paths"]?.members ?? [:]).map { PathTemplate($0.key, $0.value) }
            .sorted { ($0.wordCount, $1.text) > ($1.wordCount, $0.text) }
    }

    /// The file of Harbor 2.15.2, below the folder beside the package, or below what `OPSD_SHARED` names.
    package static let file: URL = {
        let name = "vectors/harbor/swagger-2.15.2.yaml"
        if let shared = ProcessInfo.processInfo.environment["OPSD_SHARED"] { return URL(fileURLWithPath: shared).appending(path: name) }
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { root.deleteLastPathComponent() }
        return root.appending(path: "shared/\(name)")
    }()

    /// Whether ``file`` is there. Suites that need it are skipped by name where it is not.
    package static let isPresent = FileManager.default.fileExists(atPath: file.path)

    /// Reads ``file``. Throws where it is absent or no description.
    package static func load() throws -> HarborDescription {
        try HarborDescription(yaml: String(contentsOf: file, encoding: .utf8))
    }

    /// The names of all operations.
    package var operationNames: Set<String> {
        Set(templates.flatMap { template in template.node.members.values.compactMap { $0["operationId"]?.text } })
    }

    /// The operation that `method` and a path, as it is sent and without its query, stand for; nil where there is none.
    package func operation(_ method: String, _ path: String) -> DescribedOperation? {
        guard path.hasPrefix(Self.basePath + "/") else { return nil }
        let segments = path.dropFirst(Self.basePath.count + 1).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for template in templates {
            guard let values = template.match(segments), let node = template.node[method.lowercased()] else { continue }
            let declared = (template.node["parameters"]?.list ?? []) + (node["parameters"]?.list ?? [])
            return DescribedOperation(
                name: node["operationId"]?.text ?? template.text, node: node, pathValues: values, parameters: declared.map(resolved))
        }
        return nil
    }

    /// What a reference stands for; anything else as it is.
    func resolved(_ node: DescriptionNode) -> DescriptionNode {
        guard let reference = node["$ref"]?.text else { return node }
        return reference.dropFirst(2).split(separator: "/").reduce(root as DescriptionNode?) { $0?[String($1)] } ?? node
    }
}

/// An operation with the values that a path gives its parameters.
package struct DescribedOperation: Sendable {
    /// Its `operationId`.
    package let name: String
    let node: DescriptionNode
    /// By name, still encoded.
    let pathValues: [String: String]
    let parameters: [DescriptionNode]
}

/// A path of the description, such as `/projects/{project_name}/repositories`.
struct PathTemplate: Sendable {
    let text: String
    let node: DescriptionNode
    private let segments: [String]

    init(_ text: String, _ node: DescriptionNode) {
        self.text = text
        self.node = node
        segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    var wordCount: Int { segments.count { !$0.hasPrefix("{") } }

    /// The values of the parameters; nil where the path is another.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (segment, value) in zip(segments, path) {
            if segment.hasPrefix("{") {
                guard !value.isEmpty else { return nil }
                values[String(segment.dropFirst().dropLast())] = value
            } else if segment != value {
                return nil
            }
        }
        return values
    }
}
