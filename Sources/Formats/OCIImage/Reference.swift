/// What a person types to name an image: `[host/]repository[:tag][@digest]`.
///
/// As for docker, the first component is a host where it holds a `.` or a `:`, is `localhost`, or is an IPv6 address in brackets.
package struct Reference: Hashable, Sendable, CustomStringConvertible {
    /// The registry, with its port where one is given.
    package let host: String?
    /// The repository in that registry.
    package let repository: RepositoryName
    /// The tag, if one is given.
    package let tag: TagName?
    /// The digest, if one is given; it wins over the tag.
    package let digest: Digest?

    /// Puts a reference together from parts that are already sound.
    package init(host: String? = nil, repository: RepositoryName, tag: TagName? = nil, digest: Digest? = nil) {
        self.host = host
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    /// Reads a reference; throws what is wrong with its part, or `malformedName` for a host.
    package init(parsing text: String) throws(OCIError) {
        var rest = text[...]
        digest = try Self.cut(&rest, at: rest.firstIndex(of: "@")) { text throws(OCIError) in try Digest(parsing: text) }

        // Only what follows the last slash can be a tag: before it a colon belongs to a port.
        let lastComponent = rest.lastIndex(of: "/").map(rest.index(after:)) ?? rest.startIndex
        let colon = rest[lastComponent...].firstIndex(of: ":")
        tag = try Self.cut(&rest, at: colon) { text throws(OCIError) in try TagName(parsing: text) }

        if let slash = rest.firstIndex(of: "/"), Self.namesHost(rest[..<slash]) {
            host = try Self.checkedHost(String(rest[..<slash]))
            rest = rest[rest.index(after: slash)...]
        } else {
            host = nil
        }
        repository = try RepositoryName(parsing: String(rest))
    }

    /// The reference as it is typed.
    package var description: String {
        (host.map { "\($0)/" } ?? "") + repository.description + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    private static func cut<Part>(
        _ text: inout Substring, at separator: Substring.Index?, parse: (String) throws(OCIError) -> Part
    ) throws(OCIError) -> Part? {
        guard let separator else { return nil }
        let part = try parse(String(text[text.index(after: separator)...]))
        text = text[..<separator]
        return part
    }

    private static func namesHost(_ component: Substring) -> Bool {
        component == "localhost" || component.contains { $0 == "." || $0 == ":" }
    }

    /// Distribution's grammar for a host: DNS labels or a bracketed IPv6 address, then an optional port.
    private static func checkedHost(_ text: String) throws(OCIError) -> String {
        let failure = OCIError(
            .malformedName, "\(OCIError.quoted(text)) is no registry host", remedy: "write a DNS name or an address, with :port if needed")
        var name = text[...]
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw failure }
            let address = text[text.index(after: text.startIndex)..<end]
            guard !address.isEmpty, address.allSatisfy({ $0 == ":" || $0.isHexDigit && $0.isASCII }) else { throw failure }
            name = text[text.index(after: end)...]
            guard name.isEmpty || name.hasPrefix(":") && isPort(name.dropFirst()) else { throw failure }
            return text
        }
        if let colon = text.firstIndex(of: ":") {
            guard isPort(text[text.index(after: colon)...]) else { throw failure }
            name = text[..<colon]
        }
        guard name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel) else { throw failure }
        return text
    }

    private static func isPort(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && UInt16(text) != nil
    }

    private static func isLabel(_ text: Substring) -> Bool {
        guard let first = text.first, let last = text.last, first != "-", last != "-" else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }
}
