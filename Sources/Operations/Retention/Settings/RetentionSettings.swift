package import Foundation

/// What the configuration says about retention. It decides together with pins, holds and Harbor's own immutability rules.
package struct RetentionSettings: Sendable, Equatable {
    /// Whether a run deletes.
    package enum Mode: Sendable, Equatable {
        /// Plans and tells, deletes nothing.
        case report
        /// Deletes what the plan says, from this time on where one is given.
        case enforce(from: Date?)
    }

    /// Projects that the job looks at, as patterns of names; empty is all.
    package var projects: [DoublestarPattern]
    /// Whether a run deletes.
    package var mode: Mode
    /// In order: the first that matches a tag decides about it. Empty is none.
    package var classes: [RetentionClass]
    /// Judges by the retention policies that stand in Harbor too: what they would delete, and no class keeps, goes.
    package var followsHarborPolicies: Bool
    /// Tags that their class keeps no longer go where only the class of another tag keeps the artifact. Harbor's policies never do so.
    package var removesSingleTags: Bool
    /// The newest releases of each repository that stay whatever a class says; 0 guarantees none.
    package var rollbackReleases: Int
    /// A release with a signature stays whatever a class says.
    package var keepsSignedReleases: Bool
    /// What a run may delete at most.
    package var caps: Caps
    /// Deletions a minute.
    package var deletionsPerMinute: Int

    /// What makes a plan too big to be carried out without a person changing the configuration.
    package struct Caps: Sendable, Equatable {
        /// Of the artifacts of all repositories that the job looks at, from 0 to 1.
        package var share: Double
        /// Artifacts.
        package var count: Int
        /// A repository may lose its last artifact.
        package var allowsEmptying: Bool

        /// Makes caps.
        package init(share: Double = 0.2, count: Int = 10_000, allowsEmptying: Bool = false) {
            self.share = share
            self.count = count
            self.allowsEmptying = allowsEmptying
        }
    }

    /// Makes settings; what is left out has the configuration's default.
    package init(
        projects: [DoublestarPattern] = [], mode: Mode = .report, classes: [RetentionClass] = [], followsHarborPolicies: Bool = false,
        removesSingleTags: Bool = false, rollbackReleases: Int = 3, keepsSignedReleases: Bool = true, caps: Caps = Caps(),
        deletionsPerMinute: Int = 120
    ) {
        self.projects = projects
        self.mode = mode
        self.classes = classes
        self.followsHarborPolicies = followsHarborPolicies
        self.removesSingleTags = removesSingleTags
        self.rollbackReleases = rollbackReleases
        self.keepsSignedReleases = keepsSignedReleases
        self.caps = caps
        self.deletionsPerMinute = deletionsPerMinute
    }
}
