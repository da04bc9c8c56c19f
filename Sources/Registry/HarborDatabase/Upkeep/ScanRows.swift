package import Foundation
package import OCIImage

/// What the rows say about the scan of one artifact.
package struct ScanState: Sendable, Equatable {
    /// Of the last scan, in Harbor's words.
    package enum Status: String, Sendable, CaseIterable {
        case pending = "Pending"
        case scheduled = "Scheduled"
        case running = "Running"
        case stopped = "Stopped"
        case error = "Error"
        case success = "Success"
        /// A word that this opsd does not know.
        case other = ""

        /// It has not ended.
        package var isUnderWay: Bool { self == .pending || self == .scheduled || self == .running }
    }

    /// The artifact's row.
    package let artifact: Int64
    /// With the project in front.
    package let repository: RepositoryName
    /// The project's row.
    package let projectID: Int64
    /// The manifest.
    package let digest: Digest
    /// Its tags, by name.
    package let tags: [TagName]
    /// When it was pushed.
    package let pushed: Date
    /// An index: a scan of it scans its children, and what follows is theirs together, as Harbor puts it together.
    package let isIndex: Bool
    /// Nil where the scanner has no report on it: it was never scanned.
    package let status: Status?
    /// When the last scan began; nil where none did.
    package let started: Date?
    /// When the last scan ended; nil where none did.
    package let ended: Date?
    /// Critical findings in the last report; nil where there is none, as while a scan is under way.
    package let critical: Int?
    /// High findings, as above.
    package let high: Int?
    /// Findings of all severities that have a fix, as above.
    package let fixable: Int?

    /// Describes a state.
    package init(
        artifact: Int64, repository: RepositoryName, projectID: Int64, digest: Digest, tags: [TagName], pushed: Date, isIndex: Bool,
        status: Status?, started: Date?, ended: Date?, critical: Int?, high: Int?, fixable: Int?
    ) {
        self.artifact = artifact
        self.repository = repository
        self.projectID = projectID
        self.digest = digest
        self.tags = tags
        self.pushed = pushed
        self.isIndex = isIndex
        self.status = status
        self.started = started
        self.ended = ended
        self.critical = critical
        self.high = high
        self.fixable = fixable
    }
}

/// How much ``HarborDatabase/scanStates(onState:)`` handed out.
package struct ScanStatesSummary: Sendable, Equatable {
    /// States handed out.
    package var states = 0
    /// Artifacts left out, whose repository or digest no registry could hold.
    package var malformed = 0

    /// An empty summary.
    package init() {}
}
