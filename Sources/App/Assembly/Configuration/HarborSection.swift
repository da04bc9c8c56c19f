package import Foundation
package import SystemPackage

/// `harbor:` — how to reach Harbor's API.
package struct HarborSection: Sendable {
    /// A user of Harbor.
    package struct Account: Sendable {
        /// As Harbor knows it.
        package let username: String
        /// Where its password stands.
        package let password: SecretReference

        /// Pairs a user with its password.
        package init(username: String, password: SecretReference) {
            self.username = username
            self.password = password
        }
    }

    /// `http` or `https`, without user, path or query.
    package let url: URL
    /// Usually a robot.
    package let account: Account
    /// PEM certificates to trust instead of the system's.
    package let certificateAuthority: FilePath?
    /// Only for what a robot cannot do.
    package let admin: Account?
    /// How long a backup waits for a garbage collection that is under way before it is refused.
    package let holdWait: Duration

    /// What a backup waits unless the configuration says otherwise.
    package static let defaultHoldWait = Duration.seconds(600)

    /// Makes the section.
    package init(
        url: URL, account: Account, certificateAuthority: FilePath? = nil, admin: Account? = nil, holdWait: Duration = Self.defaultHoldWait
    ) {
        self.url = url
        self.account = account
        self.certificateAuthority = certificateAuthority
        self.admin = admin
        self.holdWait = holdWait
    }

    init?(_ reader: SectionReader) {
        let url = reader.required("url", Self.url)
        let account = Account(reader)
        let authority = reader.value("ca_file", PlainValues.absolutePath)
        var admin: Account?
        if let section = reader.section("admin") {
            admin = Account(section)
            section.finish()
        }
        let holdWait = reader.value("hold_wait", DurationText.parse) ?? Self.defaultHoldWait
        reader.finish()
        guard let url, let account else { return nil }
        self.init(url: url, account: account, certificateAuthority: authority, admin: admin, holdWait: holdWait)
    }

    private static func url(_ text: String) throws(MalformedValue) -> URL {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty, let scheme = parts.scheme else {
            throw MalformedValue("is not a URL", hint: "write it as https://registry.example.com", isSecret: text.contains("@"))
        }
        guard parts.user == nil, parts.password == nil else {
            throw MalformedValue("must not hold a user or a password", hint: "use 'username' and 'password_file'", isSecret: true)
        }
        guard scheme == "https" || scheme == "http" else { throw MalformedValue("must begin with https:// or http://") }
        guard parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.fragment == nil else {
            throw MalformedValue(
                "must end after the host", hint: "write '\(scheme)://\(host)\(parts.port.map { ":\($0)" } ?? "")'",
                isSecret: parts.query != nil)
        }
        if let port = parts.port, !(1...65_535).contains(port) { throw MalformedValue("has a port out of range") }
        var plain = parts
        plain.path = ""
        guard let url = plain.url else { throw MalformedValue("is not a URL") }
        return url
    }

    /// Whether the password crosses a network in clear.
    var isInClear: Bool { url.scheme == "http" && !ListenAddress.isLoopback(url.host() ?? "") }
}

extension HarborSection.Account {
    fileprivate init?(_ reader: SectionReader) {
        let username = reader.required("username", PlainValues.text)
        let password = reader.required("password_file", SecretReference.init(parsing:))
        guard let username, let password else { return nil }
        self.init(username: username, password: password)
    }
}
