/// One thing that was tried on what the configuration names, and what came of it.
package struct LiveCheck: Sendable, Equatable, Encodable {
    /// What was tried; bounded, so scripts may depend on it.
    package enum Name: String, Sendable, CaseIterable, Encodable {
        /// Whether the checks ran with the rights that the daemon has.
        case account
        case stateDirectory = "state_directory"
        case controlSocket = "control_socket"
        case listen
        /// Whether Harbor's API answers, which version it is, and whether it lets anything be changed.
        case harbor
        /// What Harbor says of its own parts.
        case harborParts = "harbor_parts"
        /// Whom Harbor takes the account for.
        case harborAccount = "harbor_account"
        case harborAdmin = "harbor_admin"
        /// Whether a backup can hold garbage collection off.
        case collectionHold = "collection_hold"
        /// Whether scans would say anything new.
        case scanner
        /// Connecting and logging in.
        case database
        /// Whether everything in the database may be read.
        case databaseRights = "database_rights"
        /// Whether it is Harbor's, of a known version, and not half migrated.
        case schema
        case storage
        case files
        /// Whether `vault.json` is there and is that of the vault which this host knows.
        case vault
        /// Whether the key files of a vault can be read and hold keys.
        case keys
        case recipients
        /// Writing, reading back and hashing an object.
        case probe
    }

    /// What a failure is about; it decides the exit status.
    package enum Failure: String, Sendable {
        /// The configuration, a key file or a right has to be changed.
        case configuration
        /// A server or disk that may come back.
        case unreachable
        /// What was read is not what it should be.
        case damaged
    }

    /// What came of it. Only what somebody should do something about has a remedy.
    package enum Result: Sendable, Equatable {
        case ok
        case warning(remedy: String)
        case failed(Failure, remedy: String)
        case skipped

        /// `ok`, `warning`, `failed` or `skipped`.
        package var text: String {
            switch self {
            case .ok: "ok"
            case .warning: "warning"
            case .failed: "failed"
            case .skipped: "skipped"
            }
        }
    }

    /// What was tried.
    package let name: Name
    /// What it was tried on, as the operator knows it; never a secret.
    package let target: String
    /// What came of it.
    package let result: Result
    /// What was found, in one line.
    package let detail: String

    /// A row of the report; line ends in `detail` become spaces.
    package init(_ name: Name, _ target: String, _ result: Result, _ detail: String) {
        self.name = name
        self.target = target
        self.result = result
        self.detail = detail.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// What to do about it; nil where there is nothing to do.
    package var remedy: String? {
        switch result {
        case .ok, .skipped: nil
        case .warning(let remedy), .failed(_, let remedy): remedy
        }
    }

    private enum CodingKeys: String, CodingKey {
        case check, target, result, detail, remedy
    }

    /// Writes `check`, `target`, `result`, `detail`, and `remedy` where there is one.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .check)
        try container.encode(target, forKey: .target)
        try container.encode(result.text, forKey: .result)
        try container.encode(detail, forKey: .detail)
        try container.encodeIfPresent(remedy, forKey: .remedy)
    }
}
