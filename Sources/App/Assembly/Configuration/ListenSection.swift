internal import Glibc
package import SystemPackage

/// `listen:` — where metrics and health are served.
package struct ListenSection: Hashable, Sendable {
    /// What protects an address that others can reach.
    package struct Protection: Hashable, Sendable {
        /// PEM, the chain of the server.
        package let certificate: FilePath
        /// PEM, of the certificate.
        package let key: SecretReference
        /// What a client must show as a bearer token.
        package let token: SecretReference

        /// Joins the three that come together.
        package init(certificate: FilePath, key: SecretReference, token: SecretReference) {
            self.certificate = certificate
            self.key = key
            self.token = token
        }
    }

    /// Where to listen.
    package let address: ListenAddress
    /// Always there where the address is not loopback.
    package let protection: Protection?

    /// Makes the section.
    package init(address: ListenAddress, protection: Protection? = nil) {
        self.address = address
        self.protection = protection
    }

    /// `127.0.0.1:9464`.
    package static let standard = ListenSection(address: ListenAddress(host: "127.0.0.1", port: 9464))

    /// Reads `HOST:PORT`, or a mapping with the address and what protects it.
    init?(_ node: SourceNode, problems: ProblemCollector) {
        guard case .scalar(let text) = node.value else {
            guard let reader = SectionReader(node, path: "listen", problems: problems) else { return nil }
            self.init(reader)
            return
        }
        do {
            self.init(address: try ListenAddress(parsing: text))
        } catch {
            problems.report(node.place, "'listen': \(SourceText.quoted(text)) \(error.what)", hint: error.hint)
            return nil
        }
        if !address.isLoopback { Self.refuse(address, problems) }
    }

    private init?(_ reader: SectionReader) {
        let address = reader.required("address", ListenAddress.init(parsing:))
        let certificate = reader.value("certificate", PlainValues.absolutePath)
        let key = reader.value("key_file", SecretReference.init(parsing:))
        let token = reader.value("token_file", SecretReference.init(parsing:))
        let parts = ["certificate", "key_file", "token_file"]
        let given = parts.filter(reader.has)
        reader.finish()
        guard let address else { return nil }
        if given.isEmpty {
            if !address.isLoopback { Self.refuse(address, reader.problems) }
        } else {
            for part in parts { reader.need(part, hint: "'certificate', 'key_file' and 'token_file' come together") }
        }
        var protection: Protection?
        if let certificate, let key, let token { protection = Protection(certificate: certificate, key: key, token: token) }
        self.init(address: address, protection: protection)
    }

    private static func refuse(_ address: ListenAddress, _ problems: ProblemCollector) {
        problems.report(
            at: "listen", "'listen': others can reach \(address), and nothing protects it",
            hint: "listen on 127.0.0.1, or give 'address', 'certificate', 'key_file' and 'token_file'")
    }
}

/// A host and a port to listen on.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 or IPv6 address, or `localhost`.
    package let host: String
    /// From 1 to 65535.
    package let port: Int

    /// Makes an address without checking it.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init(parsing text: String) throws(MalformedValue) {
        let hint = "write it as 127.0.0.1:9464 or [::1]:9464"
        guard let colon = text.lastIndex(of: ":") else { throw MalformedValue("has no port", hint: hint) }
        let port = try PlainValues.port(String(text[text.index(after: colon)...]))
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard Self.isIPv6(host) else { throw MalformedValue("holds no IPv6 address", hint: hint) }
        } else {
            guard host == "localhost" || Self.isIPv4(host) else { throw MalformedValue("must begin with an IP address", hint: hint) }
        }
        self.init(host: host, port: port)
    }

    /// As the configuration writes it.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this host can reach it.
    package var isLoopback: Bool { Self.isLoopback(host) }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]" || (isIPv4(host) && host.hasPrefix("127."))
    }

    private static func isIPv4(_ text: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1
    }

    private static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }
}
