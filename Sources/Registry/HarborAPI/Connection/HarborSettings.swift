/// Where a Harbor is and how to talk to it.
package struct HarborSettings: Sendable {
    /// `http` or `https` and the host, with a port where one is needed, without a path.
    package let url: String
    /// Asks for everything that a robot may do.
    package let account: HarborAccount
    /// A system administrator's account, used for nothing but what no robot may do; nil where there is none.
    package let admin: HarborAccount?
    /// A PEM file of the certificates to trust instead of the host's own.
    package let trustedCertificates: String?
    /// Our own version, for Harbor's log.
    package let version: String
    /// How long one attempt of a request may take in all.
    package let timeLimit: Duration

    /// Settings; a malformed `url` is told by the first request. Slashes at its end are dropped.
    package init(
        url: String, account: HarborAccount, admin: HarborAccount? = nil, trustedCertificates: String? = nil, version: String,
        timeLimit: Duration = .seconds(120)
    ) {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        self.account = account
        self.admin = admin
        self.trustedCertificates = trustedCertificates
        self.version = version
        self.timeLimit = timeLimit
    }
}
