package import Foundation

/// What a Harbor says of itself. Without a valid credential it says less.
package struct SystemInfo: Sendable, Equatable {
    /// Such as `v2.15.2-080b0220`; nil for nobody.
    package let version: String?
    /// Whether everything but reading is refused; nil for nobody.
    package let isReadOnly: Bool?
    /// Harbor's clock; nil for nobody.
    package let currentTime: Date?
    /// Such as `filesystem` or `s3`; nil for nobody.
    package let storageProvider: String?
    /// What Harbor takes for its own address; nil for nobody.
    package let externalURL: String?
    /// Such as `db_auth`, `ldap_auth` or `oidc_auth`.
    package let authMode: String?

    /// Facts about a Harbor.
    package init(
        version: String?, isReadOnly: Bool?, currentTime: Date?, storageProvider: String?, externalURL: String?, authMode: String?
    ) {
        self.version = version
        self.isReadOnly = isReadOnly
        self.currentTime = currentTime
        self.storageProvider = storageProvider
        self.externalURL = externalURL
        self.authMode = authMode
    }

    init(_ answer: AnswerObject) throws {
        version = try answer.text("harbor_version")
        isReadOnly = try answer.optionalFlag("read_only")
        currentTime = try answer.time("current_time")
        storageProvider = try answer.text("registry_storage_provider_name")
        externalURL = try answer.text("external_url")
        authMode = try answer.text("auth_mode")
    }
}
