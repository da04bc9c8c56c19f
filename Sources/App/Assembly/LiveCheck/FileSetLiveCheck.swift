import LocalIO
import SystemPackage

/// Opens what the file sets name. Of a folder some entries are opened, to find rights that are missing; the backup reads the rest.
struct FileSetLiveCheck: Sendable {
    let plan: FileSetPlan

    /// A folder may hold anything: more entries than this are not looked at.
    private static let limit = 1000

    func rows() -> [LiveCheck] {
        var rows: [LiveCheck] = []
        for set in plan.sets {
            rows += set.paths.map { row($0, set: set.name) }
            rows += set.optionalPaths.filter(isPresent).map { row($0, set: set.name) }
        }
        let unreadable = plan.findings.filter { $0.code == .harborYAMLUnreadable }
        return rows + unreadable.map { LiveCheck(.files, "harbor.yml", .warning(remedy: $0.remedy), $0.text) }
    }

    /// What is absent is not archived; what cannot be examined counts as present, and is reported.
    private func isPresent(_ path: FilePath) -> Bool {
        do {
            _ = try FileStatus(path, followingLinks: false)
            return true
        } catch {
            return error.code != .notFound
        }
    }

    private func row(_ path: FilePath, set: String) -> LiveCheck {
        do {
            let count = try entries(path)
            let what = count.map { $0 >= Self.limit ? "the first \($0) entries are readable" : "\($0) entries are readable" } ?? "readable"
            return LiveCheck(.files, path.string, .ok, "set \(set): \(what)")
        } catch {
            let remedy =
                error.code == .notFound
                ? "mend the path in 'files.\(set).paths'" : "let opsd read it: its unit grants CAP_DAC_READ_SEARCH for this"
            return LiveCheck(.files, path.string, failedWith: error, remedy: remedy)
        }
    }

    /// How many entries a folder was found to hold; nil where `path` is no folder.
    private func entries(_ path: FilePath) throws(LocalIOError) -> Int? {
        guard try FileStatus(path).isFolder else {
            try open(path)
            return nil
        }
        var folders = [path]
        var count = 0
        while let folder = folders.popLast(), count < Self.limit, !Task.isCancelled {
            for name in try Folder.names(folder).prefix(Self.limit - count) {
                count += 1
                let entry = folder.appending(name)
                if try FileStatus(entry, followingLinks: false).isFolder { folders.append(entry) } else { try open(entry) }
            }
        }
        return count
    }

    /// Links, pipes and devices are archived as what they are, without being opened.
    private func open(_ path: FilePath) throws(LocalIOError) {
        guard try FileStatus(path, followingLinks: false).isRegularFile else { return }
        var piece: [UInt8] = []
        try FileReader(path).read(into: &piece, limit: 1)
    }
}
