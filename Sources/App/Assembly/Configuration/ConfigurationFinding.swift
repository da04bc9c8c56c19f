/// Something that a valid configuration does and that the operator should know.
package struct ConfigurationFinding: Hashable, Sendable, Codable, CustomStringConvertible {
    /// What was found; bounded, so it can be a metric label.
    package enum Code: String, CaseIterable, Sendable, Codable {
        case identityBesideStorage = "identity_beside_storage"
        case rolesJoined = "roles_joined"
        case noRole = "no_role"
        case noBackupJob = "no_backup_job"
        case noGCHold = "no_gc_hold"
        case noObjectives = "no_objectives"
        case singleRecipient = "single_recipient"
        case keysShareVault = "keys_share_vault"
        case keysShareRecipients = "keys_share_recipients"
        case noHarborYAML = "no_harbor_yml"
        case harborYAMLUnreadable = "harbor_yml_unreadable"
        case noKeysSet = "no_keys_set"
        case deletesWithoutRequirement = "deletes_without_requirement"
        case deletesUncovered = "deletes_uncovered"
        case noPins = "no_pins"
        case keepsByPullsAlone = "keeps_by_pulls_alone"
        case harborInClear = "harbor_in_clear"
        case databaseUnproved = "database_unproved"
    }

    /// How much it matters.
    package enum Severity: String, Sendable, Codable {
        /// The installation is weaker or less complete than its operator may think.
        case warning
        /// Worth knowing.
        case remark
    }

    /// What was found.
    package let code: Code
    /// How much it matters.
    package let severity: Severity
    /// What was found and what follows from it.
    package let text: String
    /// What to do about it.
    package let remedy: String

    /// Makes a finding; `text` and `remedy` are sentences without their full stop.
    package init(_ code: Code, _ severity: Severity, _ text: String, remedy: String) {
        self.code = code
        self.severity = severity
        self.text = text
        self.remedy = remedy
    }

    /// One line for the operator.
    package var description: String { "\(severity.rawValue): \(text). Hint: \(remedy)." }
}
