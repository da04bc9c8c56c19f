import Foundation

/// The files beside the program that operators install and read.
enum OperationsFiles {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The text of a file, by its path below the root of the project.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The names of the files of a folder that end with `suffix`, sorted.
    static func names(in folder: String, endingWith suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path()).filter { $0.hasSuffix(suffix) }.sorted()
    }

    /// The alerts of every rule file.
    static func alerts() throws -> [AlertRule] {
        try names(in: "etc/prometheus", endingWith: ".rules.yml").flatMap { AlertRule.all(in: try text("etc/prometheus/\($0)")) }
    }
}
