internal import AgeEncryption
internal import CronSchedule
internal import Foundation
package import JobEngine
internal import Retention
internal import SSHSignature
internal import SystemPackage

/// What `opsd check-config` prints: what this configuration is and does, without any secret.
package struct ConfigurationReport: Sendable, Codable, CustomStringConvertible {
    /// A vault and what this host may do with it.
    package struct Vault: Sendable, Codable, Equatable {
        /// As the configuration names it.
        package let name: String
        /// The place as the operator knows it.
        package let target: String
        /// age public keys.
        package let recipients: [String]
        /// Public keys; empty means this host's own.
        package let signers: [String]
        /// Whether backups are written here.
        package let writes: Bool
        /// Whether everything in it can be read here.
        package let decrypts: Bool
        /// Whether the job catalog can be rebuilt from it here.
        package let readsCatalog: Bool

        private enum CodingKeys: String, CodingKey {
            case name, target, recipients, signers, writes, decrypts
            case readsCatalog = "reads_catalog"
        }
    }

    /// A job and when it runs.
    package struct Job: Sendable, Codable, Equatable {
        /// As the configuration names it.
        package let name: String
        /// What the job does.
        package let kind: JobKind
        /// Nil where it runs by hand alone.
        package let schedule: String?
        /// Of the schedule.
        package let timezone: String
        /// As the configuration writes durations.
        package let deadline: String
        /// The vault that it works on.
        package let vault: String?
        /// Whether a retention deletes; nil for other kinds.
        package let mode: String?
    }

    /// A file set and where it goes.
    package struct FileSet: Sendable, Codable, Equatable {
        /// As the configuration names it.
        package let name: String
        /// Absolute, with what harbor.yml names.
        package let paths: [String]
        /// The vault that it works on.
        package let vault: String?
    }

    /// As it was named.
    package let file: String
    /// In a fixed order.
    package let roles: [ConfigurationRole]
    /// URL and user.
    package let harbor: String?
    /// Database, server and user.
    package let database: String?
    /// The folder of the blobs.
    package let storage: String?
    /// The names of what lists the images in use.
    package let pins: [String]?
    /// The address of metrics and health.
    package let listen: String
    /// Absolute.
    package let stateDirectory: String
    /// Absolute.
    package let controlSocket: String
    /// As the configuration writes durations.
    package let recoveryPointObjective: String?
    /// As the configuration writes durations.
    package let recoveryTimeObjective: String?
    /// In the order of the configuration.
    package let files: [FileSet]
    /// The vault that it works on.
    package let vaults: [Vault]
    /// In the order of the configuration.
    package let jobs: [Job]
    /// Those of the configuration, then those of harbor.yml.
    package let findings: [ConfigurationFinding]

    private enum CodingKeys: String, CodingKey {
        case file, roles, harbor, database, storage, pins, listen, files, vaults, jobs, findings
        case stateDirectory = "state_directory"
        case controlSocket = "control_socket"
        case recoveryPointObjective = "rpo_objective"
        case recoveryTimeObjective = "rto_objective"
    }

    /// Describes `configuration`, with the paths that `plan` found in harbor.yml.
    package init(_ configuration: Configuration, plan: FileSetPlan) {
        file = configuration.file
        roles = configuration.roles
        harbor = configuration.harbor.map { "\($0.url) as \($0.account.username)" }
        database = configuration.database.map { "\($0.name) on \($0.host):\($0.port) as \($0.user), sslmode \($0.tlsMode.rawValue)" }
        storage = configuration.storage?.filesystem.string
        pins = configuration.pins?.sources.map(\.name)
        listen = configuration.listen.address.description
        stateDirectory = configuration.stateDirectory.string
        controlSocket = configuration.controlSocket.string
        recoveryPointObjective = configuration.objectives.recoveryPoint.map(DurationText.text)
        recoveryTimeObjective = configuration.objectives.recoveryTime.map(DurationText.text)
        files = plan.sets.map {
            FileSet(name: $0.name, paths: ($0.paths + $0.optionalPaths).map(\.string), vault: $0.vault ?? configuration.defaultVault)
        }
        vaults = configuration.vaults.map { vault in
            Vault(
                name: vault.name, target: vault.target.description, recipients: vault.recipients.map(\.text),
                signers: vault.signers.map(\.description),
                writes: configuration.isRegistryHost && vault.canWrite, decrypts: vault.identity != nil,
                readsCatalog: vault.catalogIdentity != nil || vault.identity != nil)
        }
        jobs = configuration.jobs.map { job in
            Job(
                name: job.name, kind: job.kind, schedule: job.schedule?.text,
                timezone: job.timezone == .gmt ? "UTC" : job.timezone.identifier,
                deadline: DurationText.text(job.deadline), vault: job.vault, mode: Self.mode(of: job.work))
        }
        findings = configuration.findings + plan.findings
    }

    private static func mode(of work: JobWork) -> String? {
        guard case .retention(let settings) = work else { return nil }
        switch settings.mode {
        case .report: return "report"
        case .enforce(nil): return "enforce"
        case .enforce(let start?): return "enforce from \(start.formatted(.iso8601))"
        }
    }

    /// A page for the operator.
    package var description: String {
        var lines = ["\(file): valid", "roles: \(roles.isEmpty ? "none" : roles.map(\.rawValue).joined(separator: ", "))"]
        let parts: [(String, String?)] = [
            ("harbor", harbor), ("database", database), ("storage", storage), ("pins", pins?.joined(separator: ", ")), ("listen", listen),
            ("state", stateDirectory),
            ("socket", controlSocket),
        ]
        lines += parts.compactMap { name, value in value.map { "\(name): \($0)" } }
        lines.append("objectives: rpo \(recoveryPointObjective ?? "none"), rto \(recoveryTimeObjective ?? "none")")
        lines += vaults.map { vault in
            let rights = [vault.writes ? "writes" : nil, vault.readsCatalog ? "reads the catalog" : nil, vault.decrypts ? "decrypts" : nil]
            let can = rights.compactMap(\.self).joined(separator: ", ")
            return
                "vault \(vault.name): \(vault.target); \(vault.recipients.count) recipients; \(can.isEmpty ? "audits" : can)"
        }
        lines += files.map { "files \($0.name): \($0.paths.count) paths to vault \($0.vault ?? "of the job")" }
        lines += jobs.map { job in
            let kind = job.kind.rawValue == job.name ? "" : " (\(job.kind.rawValue))"
            let when = job.schedule.map { "'\($0)' \(job.timezone)" } ?? "by hand"
            let rest = [job.vault.map { ", vault \($0)" }, job.mode.map { ", mode \($0)" }].compactMap(\.self).joined()
            return "job \(job.name)\(kind): \(when), at most \(job.deadline)\(rest)"
        }
        lines += findings.map(\.description)
        return lines.joined(separator: "\n")
    }
}
