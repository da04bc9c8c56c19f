import OCIImage

/// Reads image references as people and `kubectl` write them: separated by any white space, many of them more than once.
struct PinText: Sendable, Equatable {
    /// Names of the registry, in small letters.
    let registries: Set<String>

    /// What a text holds.
    struct Content: Sendable, Equatable {
        /// References to this registry, in order, each once.
        var own: [Reference] = []
        /// To other registries, each once.
        var foreign: Set<Reference> = []
        /// Words that are no reference, in order.
        var malformed: [String] = []

        var isEmpty: Bool { own.isEmpty && foreign.isEmpty && malformed.isEmpty }
    }

    /// `registries` as references spell them; a port that the scheme implies anyway makes no difference.
    init(registries: [String]) {
        self.registries = Set(registries.map(Self.plain))
    }

    /// Reads all of `text`. In a file `#` begins a comment, which ends with its line.
    func read(_ text: String, comments: Bool) -> Content {
        var content = Content()
        var seen: Set<Reference> = []
        for line in text.split(whereSeparator: \.isNewline) {
            for word in (comments ? line.prefix { $0 != "#" } : line).split(whereSeparator: \.isWhitespace) {
                guard let reference = Self.reference(String(word)) else {
                    content.malformed.append(String(word))
                    continue
                }
                if let host = reference.host, registries.contains(Self.plain(host)) {
                    if seen.insert(reference).inserted { content.own.append(reference) }
                } else {
                    content.foreign.insert(reference)
                }
            }
        }
        return content
    }

    /// Container runtimes put a scheme in front of what they pulled. What is left may be the bare id of an image, which no registry knows.
    private static func reference(_ word: String) -> Reference? {
        var text = word
        for scheme in ["docker-pullable://", "docker://"] where text.hasPrefix(scheme) { text.removeFirst(scheme.count) }
        guard let reference = try? Reference(parsing: text) else { return nil }  // told as malformed
        guard reference.host != nil || !["sha256", "sha512"].contains(reference.repository.description) else { return nil }
        return reference
    }

    private static func plain(_ host: String) -> String {
        var host = host.lowercased()
        for port in [":443", ":80"] where host.hasSuffix(port) { host.removeLast(port.count) }
        return host
    }
}
