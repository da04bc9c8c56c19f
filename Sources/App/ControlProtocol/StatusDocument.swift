package import Foundation

/// `opsd status`: what an operator asks at 03:00.
package struct StatusDocument: Codable, Sendable, Equatable {
    /// The process that answers.
    package struct Daemon: Codable, Sendable, Equatable {
        /// Its process id.
        package let pid: Int
        /// Of the program.
        package let version: String
        /// When it started.
        package let started: Date
        /// When the configuration in force was loaded.
        package let configurationLoaded: Date
        /// Why the newest reload was refused; nil where it was not.
        package let reloadError: String?
        /// As `/readyz` says.
        package let isReady: Bool
        /// Why not; empty where it is.
        package let problems: [String]

        /// Describes a daemon.
        package init(
            pid: Int, version: String, started: Date, configurationLoaded: Date, reloadError: String?, isReady: Bool, problems: [String]
        ) {
            self.pid = pid
            self.version = version
            self.started = started
            self.configurationLoaded = configurationLoaded
            self.reloadError = reloadError
            self.isReady = isReady
            self.problems = problems
        }
    }

    /// What was promised.
    package struct Objectives: Codable, Sendable, Equatable {
        /// Recovery point objective in seconds; nil where none is set.
        package let rpoSeconds: Double?
        /// Recovery time objective in seconds; nil where none is set.
        package let rtoSeconds: Double?

        /// Joins the two.
        package init(rpoSeconds: Double?, rtoSeconds: Double?) {
            self.rpoSeconds = rpoSeconds
            self.rtoSeconds = rtoSeconds
        }
    }

    /// Nil where no daemon answered and the journal was read directly.
    package let daemon: Daemon?
    /// The configuration file.
    package let configuration: String
    /// When this was true.
    package let now: Date
    /// What was promised.
    package let objectives: Objectives
    /// In the order of the configuration.
    package let vaults: [VaultDocument]
    /// In the order of the configuration.
    package let jobs: [JobDocument]
    /// Runs that wait or run.
    package let runs: [RunSummary]
    /// What needs attention, in sentences, the worst first; empty where nothing does.
    package let attention: [String]

    /// Joins the parts.
    package init(
        daemon: Daemon?, configuration: String, now: Date, objectives: Objectives, vaults: [VaultDocument], jobs: [JobDocument],
        runs: [RunSummary], attention: [String]
    ) {
        self.daemon = daemon
        self.configuration = configuration
        self.now = now
        self.objectives = objectives
        self.vaults = vaults
        self.jobs = jobs
        self.runs = runs
        self.attention = attention
    }
}

/// What is known of a vault.
package struct VaultDocument: Codable, Sendable, Equatable {
    /// As the configuration names it.
    package let name: String
    /// The place as the operator knows it.
    package let target: String
    /// To which a restore goes back; nil where no complete snapshot is known.
    package let recoveryPoint: Date?
    /// What would be lost now: the age of the recovery point in seconds, from 0.
    package let rpoSeconds: Double?
    /// Trusted snapshots; nil where that is not known.
    package let snapshots: Int?
    /// Objects that the snapshots need, or that wait to be adopted; nil where that is not known.
    package let objects: Int?
    /// The size of these objects; nil where that is not known.
    package let bytes: Int64?
    /// The highest sequence of any trusted signer.
    package let chainSequence: Int?
    /// Nil where nothing was verified yet, or nothing is known.
    package let oldestUnverified: Date?
    /// When this was learned; nil where nothing is known.
    package let observed: Date?

    /// Joins the facts.
    package init(
        name: String, target: String, recoveryPoint: Date?, rpoSeconds: Double?, snapshots: Int?, objects: Int?, bytes: Int64?,
        chainSequence: Int?, oldestUnverified: Date?, observed: Date?
    ) {
        self.name = name
        self.target = target
        self.recoveryPoint = recoveryPoint
        self.rpoSeconds = rpoSeconds
        self.snapshots = snapshots
        self.objects = objects
        self.bytes = bytes
        self.chainSequence = chainSequence
        self.oldestUnverified = oldestUnverified
        self.observed = observed
    }
}
