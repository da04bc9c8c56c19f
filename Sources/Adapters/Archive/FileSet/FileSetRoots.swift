internal import SystemPackage

/// The paths that a file set starts from, each to be walked once: none stands beneath another, and none beneath an excluded folder.
struct FileSetRoots {
    private let excluded: [FilePath]
    private var waiting: [FilePath]
    private var started: [FilePath] = []

    /// Takes absolute or relative `paths`; only their text is compared, nothing is looked up.
    init(_ paths: [FilePath], excluding: [FilePath]) {
        excluded = excluding.map { $0.lexicallyNormalized() }
        waiting = []
        for path in paths { add(path) }
    }

    /// Adds one more, such as what a link among them leads to; it is dropped if it is covered already.
    mutating func add(_ path: FilePath) {
        let path = path.lexicallyNormalized()
        guard !isExcluded(path), !(waiting + started).contains(where: { path.starts(with: $0) }) else { return }
        waiting.removeAll { $0.starts(with: path) }
        let place = waiting.firstIndex { $0.string > path.string } ?? waiting.endIndex
        waiting.insert(path, at: place)
    }

    /// The next one in order.
    mutating func next() -> FilePath? {
        guard !waiting.isEmpty else { return nil }
        let path = waiting.removeFirst()
        started.append(path)
        return path
    }

    /// Whether a walk that came to `path` must leave it out: it is excluded, or was walked as a root of its own before.
    func leavesOut(_ path: FilePath) -> Bool { isExcluded(path) || started.contains(path) }

    private func isExcluded(_ path: FilePath) -> Bool { excluded.contains { path.starts(with: $0) } }
}
