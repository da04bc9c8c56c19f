import Foundation
import Testing

/// A test file of the age project: header lines that say what to expect, an empty line, the age file.
struct AgeVector: CustomTestStringConvertible, Sendable {
    let name: String
    private let fields: [(key: String, value: String)]
    let file: [UInt8]

    var testDescription: String { name }
    var expect: String { first("expect") ?? "" }
    /// SHA-256 of what may be released, in hex; nil where nothing may.
    var payload: String? { first("payload") }
    var identities: [String] { fields.filter { $0.key == "identity" }.map(\.value) }
    var passphrase: String? { first("passphrase") }
    var isArmored: Bool { first("armored") == "yes" }

    private func first(_ key: String) -> String? { fields.first { $0.key == key }?.value }

    /// The folder beside the package, or below what `OPSD_SHARED` names.
    static let folder: URL = {
        if let shared = ProcessInfo.processInfo.environment["OPSD_SHARED"] {
            return URL(fileURLWithPath: shared).appending(path: "vectors/age")
        }
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appending(path: "shared/vectors/age")
    }()

    static let arePresent = FileManager.default.fileExists(atPath: folder.appending(path: "x25519").path)

    /// Every file of the folder, none where it is absent.
    static let all: [AgeVector] = {
        // Without the folder there is nothing to read; the suite is then skipped by name.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { name in
            guard let data = FileManager.default.contents(atPath: folder.appending(path: name).path) else { return nil }
            return AgeVector(name: name, content: [UInt8](data))
        }
    }()

    private init?(name: String, content: [UInt8]) {
        guard let end = content.firstRange(of: [10, 10]) else { return nil }
        self.name = name
        file = Array(content[end.upperBound...])
        fields = String(decoding: content[..<end.lowerBound], as: UTF8.self).split(separator: "\n").compactMap { line in
            guard let colon = line.firstRange(of: ": ") else { return nil }
            return (String(line[..<colon.lowerBound]), String(line[colon.upperBound...]))
        }
    }
}
