/// A kind of tags, or the untagged artifacts, and what of them stays.
package struct RetentionClass: Sendable, Equatable {
    /// Which tags belong to the class.
    package enum Members: Sendable, Equatable {
        /// Tags that any of the patterns matches and none of the others.
        case tags([DoublestarPattern], except: [DoublestarPattern])
        /// Tags that are semantic versions, with or without a leading `v`; prereleases only where `prereleases` says so.
        case versions(prereleases: Bool)
        /// Artifacts without a tag that neither an index nor an accessory's subject needs.
        case untagged
    }

    /// Among which tags the newest are counted.
    package enum Line: String, Sendable, CaseIterable {
        /// All of the class in a repository.
        case repository
        /// Versions with the same major number.
        case major
        /// Versions with the same major and minor numbers.
        case minor
    }

    /// What stays; a tag stays where any of these says so.
    package struct Keep: Sendable, Equatable {
        /// Everything.
        package var all: Bool
        /// The newest by time of push (versions: by precedence); nil counts none.
        package var last: Int?
        /// Among which tags `last` counts.
        package var line: Line
        /// Pushed less than this ago.
        package var pushedWithin: Duration?
        /// Pulled less than this ago.
        package var pulledWithin: Duration?

        /// Makes a rule.
        package init(
            all: Bool = false, last: Int? = nil, line: Line = .repository, pushedWithin: Duration? = nil, pulledWithin: Duration? = nil
        ) {
            self.all = all
            self.last = last
            self.line = line
            self.pushedWithin = pushedWithin
            self.pulledWithin = pulledWithin
        }
    }

    /// Bounded: a label of metrics and a word of reports.
    package var name: String
    /// Names with the project, such as `team-*/**`; empty is all.
    package var repositories: [DoublestarPattern]
    /// Names with the project that do not belong to the class.
    package var exceptRepositories: [DoublestarPattern]
    /// The artifact has any of these labels; empty asks for none.
    package var labels: [String]
    /// Which tags belong to it.
    package var members: Members
    /// What of them stays.
    package var keep: Keep

    /// Makes a class.
    package init(
        name: String, repositories: [DoublestarPattern] = [], exceptRepositories: [DoublestarPattern] = [], labels: [String] = [],
        members: Members, keep: Keep
    ) {
        self.name = name
        self.repositories = repositories
        self.exceptRepositories = exceptRepositories
        self.labels = labels
        self.members = members
        self.keep = keep
    }
}
