import Glibc

/// Another program of this host: what is started, with which arguments and limits. No shell reads any of it.
package struct ProgramCall: Sendable {
    /// An absolute path, or a name that is looked up in `PATH`.
    package let name: String
    /// Handed over as they are, after the name.
    package let arguments: [String]
    /// Added to `PATH`, `HOME` and `LANG`, which are all that is handed down.
    package let environment: [String: String]
    /// How long it may take before it, and all that it started, is ended.
    package let limit: Duration
    /// The most bytes of its standard output; with more it is ended.
    package let outputLimit: Int

    /// Between being asked to end and being killed.
    static let grace = Duration.seconds(2)
    /// The last bytes of its standard error that are kept.
    static let errorTail = 4096

    /// Describes a call; nothing is started yet.
    package init(
        _ name: String, arguments: [String] = [], environment: [String: String] = [:], limit: Duration, outputLimit: Int = 16 << 20
    ) {
        self.name = name
        self.arguments = arguments
        self.environment = environment
        self.limit = limit
        self.outputLimit = outputLimit
    }

    /// Throws code `configuration` for what no kernel could be given.
    func check() throws(ProgramError) {
        guard !name.isEmpty, name.hasPrefix("/") || !name.contains("/") else {
            throw ProgramError(
                .configuration, "'\(name)' is neither an absolute path nor the name of a program",
                remedy: "write the whole path, such as /usr/bin/kubectl")
        }
        let words = [name] + arguments + environment.flatMap { [$0.key, $0.value] }
        guard !words.contains(where: { $0.utf8.contains(0) }), !environment.keys.contains(where: { $0.isEmpty || $0.contains("=") }) else {
            throw ProgramError(.configuration, "an argument or variable for '\(name)' cannot be handed to a program", remedy: "correct it")
        }
    }

    /// All that the program finds in its environment.
    var completeEnvironment: [String: String] {
        let handedDown = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "LANG": "C.UTF-8",
        ].reduce(into: [:]) { all, entry in all[entry.key] = Self.variable(entry.key) ?? entry.value }
        return handedDown.merging(environment) { $1 }
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
