import CurlTransport
import Foundation
package import HarborAPI
import SystemPackage
package import Upkeep

extension Installation {
    /// Harbor's API, with the credentials as they stand now. Copies of one installation share their connections.
    ///
    /// Throws ``RequestError`` (`configuration`) without `harbor:`, and ``ConfigurationError`` where a secret cannot be read.
    package func harborClient() throws -> HarborClient {
        let section = try harborSection()
        return try harborClient(section, as: section.account, admin: section.admin)
    }

    /// Harbor's API and database, for jobs that plan from the one and change things through the other.
    ///
    /// Throws as ``harborClient()``, and ``RequestError`` (`configuration`) without `database:`.
    package func harborAccess() throws -> HarborAccess {
        HarborAccess(
            client: try harborClient(), registry: try harborSection().registry, database: try databaseSettings(), wallclock: wallclock,
            clock: clock)
    }

    /// As ``harborClient()``, for `account`, and with less patience for an answer.
    func harborClient(
        _ section: HarborSection, as account: HarborSection.Account, admin: HarborSection.Account? = nil,
        timeLimit: Duration = .seconds(120)
    ) throws -> HarborClient {
        let settings = HarborSettings(
            url: section.url.absoluteString, account: try harborAccount(account), admin: try admin.map(harborAccount),
            trustedCertificates: section.certificateAuthority?.string, version: Self.version, timeLimit: timeLimit)
        return HarborClient(settings, transport: transport, clock: clock)
    }

    private func harborSection() throws -> HarborSection {
        if let section = configuration.harbor { return section }
        throw RequestError(
            .configuration, "this needs 'harbor:', which the configuration does not have", remedy: "run it on the registry host")
    }

    private func harborAccount(_ account: HarborSection.Account) throws -> HarborAccount {
        guard let password = try account.password.read(environment: environment).text else {
            let problem = ConfigurationProblem(file: account.password.description, what: "is no text", hint: "write the password into it")
            throw ConfigurationError(.secret, [problem])
        }
        return HarborAccount(username: account.username, password: CurlTransport.Secret(password))
    }
}

extension HarborSection {
    /// The registry as image references spell it: its host, and its port where that is not the scheme's own.
    package var registry: String {
        // An IPv6 address keeps its brackets in a URL's host, or loses them, by the version of Foundation.
        let bare = url.host(percentEncoded: false) ?? ""
        let host = bare.contains(":") && !bare.hasPrefix("[") ? "[\(bare)]" : bare
        guard let port = url.port, port != (url.scheme == "https" ? 443 : 80) else { return host }
        return "\(host):\(port)"
    }
}
