package import Foundation

/// `vault.json` (format, section 3): what a vault says of itself. Information, never authority.
package struct VaultDescription: Codable, Sendable, Equatable {
    /// The one vault version that is written and read.
    package static let currentVersion = 1
    /// A larger file is not read.
    package static let sizeLimit = 1 << 20

    /// Always `opsd-vault`, so that the file says what it is.
    package let format: String
    /// Version of the whole format; any but `currentVersion` is refused.
    package let version: Int
    /// Chosen at random once; readers and writers remember it.
    package let id: RandomID
    /// When the vault was made, by the wall clock.
    package let created: Date
    /// Age recipients of the data at that time, as `age1` text; information alone.
    package let recipients: [String]
    /// Public keys of the signers at that time, as `ssh-ed25519` text; information alone.
    package let signers: [String]

    /// Describes a new vault.
    package init(id: RandomID, created: Date, recipients: [String], signers: [String]) {
        format = "opsd-vault"
        version = Self.currentVersion
        self.id = id
        self.created = created
        self.recipients = recipients
        self.signers = signers
    }
}
