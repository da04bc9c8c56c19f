import Foundation
import HarborDatabase
import OCIImage

/// Finds what is due among rows that stream by ordered by repository. Memory is that of one repository, of the targets that are kept, and of
/// a word for each image that a gate lets pass.
struct DueImages: Sendable {
    private(set) var order: RescanOrder
    /// Rows of the images that run somewhere.
    private(set) var pinned: Set<Int64> = []

    private let projects: ScannedProjects
    private let references: [RepositoryName: [Reference]]
    private let children: [Int64: [Int64]]
    /// An index and its children are in one repository.
    private var repository: [ScanState] = []
    /// Hashes alone: two manifests with the same one cost a scan its company, no more.
    private var gates: Set<Int> = []

    init(order: RescanOrder, projects: ScannedProjects, references: [Reference], children: [Int64: [Int64]]) {
        self.order = order
        self.projects = projects
        self.references = Dictionary(grouping: references, by: \.repository)
        self.children = children
    }

    /// Takes the next row in.
    mutating func add(_ state: ScanState) {
        // Elsewhere the gate is closed already, and the scan is what may open it.
        if projects.gated.contains(state.projectID), !state.isIndex, state.status == .success {
            gates.insert(Self.gate(state.digest, projects.scanner(of: state.projectID)))
        }
        guard projects.wanted.contains(state.projectID) else { return }
        if repository.last?.repository != state.repository { close() }
        repository.append(state)
    }

    /// Puts everything in order; call it after the last row.
    mutating func finish() {
        close()
        order.sort()
        let gates = gates
        order.markGates { gates.contains(Self.gate($0.state.digest, $0.scanner)) }
    }

    private mutating func close() {
        guard let name = repository.first?.repository else { return }
        let images = ScannedImages(states: repository, children: children)
        let running = images.rows(of: references[name] ?? [])
        for state in repository where !state.isIndex {
            let isPinned = running.contains(state.artifact)
            if isPinned { pinned.insert(state.artifact) }
            order.add(
                state, rank: isPinned ? .pinned : images.isRelease(state) ? .release : .other,
                scanner: projects.scanner(of: state.projectID))
        }
        repository.removeAll(keepingCapacity: true)
    }

    private static func gate(_ digest: Digest, _ scanner: String) -> Int {
        var hasher = Hasher()
        hasher.combine(digest)
        hasher.combine(scanner)
        return hasher.finalize()
    }
}
