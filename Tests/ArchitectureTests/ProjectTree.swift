import Foundation

/// The project as text: what the checks look at, so that they can be tried on bad samples.
struct ProjectTree: Sendable {
    /// Every Swift file in `Sources` and `Tests`, by its path below the root.
    var files: [String: SourceText] = [:]
    /// Paths of the pages of documentation.
    var pages: Set<String> = []
    /// Names at the top.
    var topLevel: Set<String> = []
    /// The package manifest.
    var manifest = ""

    init() {}

    /// The project around this file, read once.
    static let own = Result { try read() }

    /// Reads the project around this file. The path is not resolved: the tests may be reached by a link.
    private static func read() throws -> ProjectTree {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        var tree = ProjectTree()
        tree.topLevel = Set(try FileManager.default.contentsOfDirectory(atPath: root.path).filter { !$0.hasPrefix(".") })
        tree.manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        for folder in ["Sources", "Tests"] {
            let base = root.appending(path: folder).resolvingSymlinksInPath()
            for name in try FileManager.default.subpathsOfDirectory(atPath: base.path) {
                let path = "\(folder)/\(name)"
                if name.hasSuffix(".swift") {
                    tree.files[path] = SourceText(try String(contentsOf: base.appending(path: name), encoding: .utf8))
                }
                if name.hasSuffix(".md") { tree.pages.insert(path) }
            }
        }
        return tree
    }

    /// Ring and module of a file in `Sources`.
    static func place(of path: String) -> (ring: String, module: String)? {
        let parts = path.split(separator: "/")
        guard parts.count >= 4, parts[0] == "Sources" else { return nil }
        return (String(parts[1]), String(parts[2]))
    }
}
