import Foundation

/// The unit file of the daemon, as text and as settings.
struct SystemdUnit {
    /// The folder that holds Package.swift.
    static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The path of a file of `systemd/`.
    static func path(_ name: String) -> String { packageRoot.appending(path: "systemd").appending(path: name).path }

    /// A file of `etc/`.
    static func example(_ name: String) throws -> String {
        try String(contentsOf: packageRoot.appending(path: "etc").appending(path: name), encoding: .utf8)
    }

    let text: String

    init() throws { text = try String(contentsOfFile: Self.path("opsd.service"), encoding: .utf8) }

    private var lines: [String] { text.split(separator: "\n").map(String.init) }

    /// Each value of a setting, in the order of the file.
    func values(_ name: String) -> [String] { lines.filter { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) } }

    /// As ``values(_:)``, of settings that are commented out.
    func suggestions(_ name: String) -> [String] {
        lines.filter { $0.hasPrefix("#\(name)=") }.map { String($0.dropFirst(name.count + 2)) }
    }

    /// Words between blanks of all values of a setting.
    func words(_ name: String) -> Set<String> { Set(values(name).flatMap { $0.split(separator: " ").map(String.init) }) }

    /// The prose: lines that begin with a number sign and a blank.
    var comments: String { lines.filter { $0.hasPrefix("# ") }.joined(separator: "\n") }

    /// The unit with a program that exists on every host, for tools that look for it.
    var textWithoutProgram: String { text.replacing("ExecStart=/usr/bin/opsd serve", with: "ExecStart=/bin/true") }
}
