import HarborAPI
import HarborDatabase
import OCIImage
import Retention

/// The scannable rows of some repositories, and which images a reference or an index means.
struct ScannedImages: Sendable {
    private let byDigest: [RepositoryName: [Digest: Int64]]
    private let byTag: [RepositoryName: [TagName: Int64]]
    private let children: [Int64: [Int64]]
    /// Rows that a release tag names, themselves or through an index.
    private let releases: Set<Int64>

    init(states: [ScanState], children: [Int64: [Int64]]) {
        var byDigest: [RepositoryName: [Digest: Int64]] = [:]
        var byTag: [RepositoryName: [TagName: Int64]] = [:]
        var releases: Set<Int64> = []
        for state in states {
            byDigest[state.repository, default: [:]][state.digest] = state.artifact
            for tag in state.tags {
                byTag[state.repository, default: [:]][tag] = state.artifact
                if SemanticVersion(tag.description) != nil { releases.formUnion(Self.leaves(of: state.artifact, children)) }
            }
        }
        self.byDigest = byDigest
        self.byTag = byTag
        self.children = children
        self.releases = releases
    }

    /// The rows that `references` mean, children of indexes instead of the indexes; what is not there is left out.
    func rows(of references: [Reference]) -> Set<Int64> {
        var rows: Set<Int64> = []
        for reference in references {
            let wanted = try? reference.wanted  // what cannot be named is not there either
            let row: Int64? =
                switch wanted {
                case .digest(let digest): byDigest[reference.repository]?[digest]
                case .tag(let tag): byTag[reference.repository]?[tag]
                case nil: nil
                }
            if let row { rows.formUnion(Self.leaves(of: row, children)) }
        }
        return rows
    }

    /// A semantic version names it.
    func isRelease(_ state: ScanState) -> Bool { releases.contains(state.artifact) }

    /// An index can hold indexes; `seen` ends a circle of damaged rows.
    private static func leaves(of row: Int64, _ children: [Int64: [Int64]]) -> Set<Int64> {
        var leaves: Set<Int64> = []
        var seen: Set<Int64> = []
        var open = [row]
        while let next = open.popLast() {
            guard seen.insert(next).inserted else { continue }
            if let below = children[next], !below.isEmpty { open += below } else { leaves.insert(next) }
        }
        return leaves
    }
}
