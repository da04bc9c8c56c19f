package import SystemPackage

/// `database:` — how to reach Harbor's PostgreSQL.
package struct DatabaseSection: Sendable {
    /// How much TLS libpq insists on, in its own words.
    package enum TLSMode: String, CaseIterable, Sendable, Codable {
        case disable, allow, prefer, require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"

        /// Whether the server must prove who it is.
        package var isVerifying: Bool {
            switch self {
            case .disable, .allow, .prefer, .require: false
            case .verifyCA, .verifyFull: true
            }
        }
    }

    /// A certificate that the client shows to the server.
    package struct ClientCertificate: Hashable, Sendable {
        /// PEM.
        package let certificate: FilePath
        /// libpq opens it itself and insists on its mode.
        package let key: SecretReference

        /// Pairs a certificate with its key.
        package init(certificate: FilePath, key: SecretReference) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// A name, an address, or the absolute path of the folder that holds the socket.
    package let host: String
    /// From 1 to 65535.
    package let port: Int
    /// Of the database.
    package let name: String
    /// A role that may read every table.
    package let user: String
    /// Absent where the server asks for none.
    package let password: SecretReference?
    /// As libpq takes it.
    package let tlsMode: TLSMode
    /// PEM certificates to judge the server by.
    package let rootCertificate: FilePath?
    /// Shown to a server that asks for one.
    package let clientCertificate: ClientCertificate?

    /// Makes the section; what is left out has the default of the configuration.
    package init(
        host: String, port: Int = 5432, name: String = "registry", user: String, password: SecretReference? = nil,
        tlsMode: TLSMode = .prefer,
        rootCertificate: FilePath? = nil, clientCertificate: ClientCertificate? = nil
    ) {
        self.host = host
        self.port = port
        self.name = name
        self.user = user
        self.password = password
        self.tlsMode = tlsMode
        self.rootCertificate = rootCertificate
        self.clientCertificate = clientCertificate
    }

    init?(_ reader: SectionReader) {
        let host = reader.required("host", Self.host)
        let port = reader.value("port", PlainValues.port)
        let name = reader.value("name", PlainValues.text)
        let user = reader.required("user", PlainValues.text)
        let password = reader.value("password_file", SecretReference.init(parsing:))
        let mode = reader.value("sslmode", PlainValues.oneOf(TLSMode.self)) ?? .prefer
        let root = reader.value("root_certificate", PlainValues.absolutePath)
        let certificate = reader.value("client_certificate", PlainValues.absolutePath)
        let key = reader.value("client_key", SecretReference.init(parsing:))
        if mode.isVerifying, !reader.has("root_certificate") {
            reader.problems.report(
                at: reader.path(of: "sslmode"), "'database.sslmode' is \(mode.rawValue), which needs 'root_certificate'",
                hint: "name the PEM file of the authority that signed the server's certificate")
        }
        if reader.has("client_certificate") != reader.has("client_key") {
            let (given, missing) = reader.has("client_key") ? ("client_key", "client_certificate") : ("client_certificate", "client_key")
            reader.problems.report(at: reader.path(of: given), "'database.\(given)' needs '\(missing)'")
        }
        reader.finish()
        guard let host, let user else { return nil }
        var pair: ClientCertificate?
        if let certificate, let key { pair = ClientCertificate(certificate: certificate, key: key) }
        self.init(
            host: host, port: port ?? 5432, name: name ?? "registry", user: user, password: password, tlsMode: mode, rootCertificate: root,
            clientCertificate: pair)
    }

    private static func host(_ text: String) throws(MalformedValue) -> String {
        if text.hasPrefix("/") { return try PlainValues.absolutePath(text).string }
        let plain = try PlainValues.text(text)
        guard !plain.contains("://"), !plain.contains("=") else {
            throw MalformedValue(
                "must be a host, not a connection string", hint: "give 'port', 'name' and 'user' on their own lines", isSecret: true)
        }
        // libpq reads a comma as a list of servers; a backup must know which one it read.
        guard !plain.contains(where: { ", @".contains($0) }) else {
            throw MalformedValue("must be a single host", isSecret: plain.contains("@"))
        }
        return plain
    }

    /// Whether password and rows may cross a network to a server that did not prove who it is.
    var isUnproved: Bool { !host.hasPrefix("/") && !ListenAddress.isLoopback(host) && !tlsMode.isVerifying }
}
