internal import SystemPackage

/// The tree of a harbor.yml. Keys that are not asked for are Harbor's business, and another version's may differ.
struct HarborDocument {
    private let root: SourceNode
    private let problems: ProblemCollector

    /// Nil, and a problem, where `root` is not a mapping with at least one key that every harbor.yml has.
    init?(_ root: SourceNode, problems: ProblemCollector) {
        self.root = root
        self.problems = problems
        guard case .mapping(let entries) = root.value else {
            problems.report(root.place, "this is not Harbor's configuration: it must be a mapping, not \(root.kind)")
            return nil
        }
        guard entries.contains(where: { ["hostname", "data_volume", "harbor_admin_password"].contains($0.key) }) else {
            problems.report(root.place, "this is not Harbor's configuration: it has neither 'hostname' nor 'data_volume'")
            return nil
        }
    }

    /// The value at `key`, dotted; nil where it or a section above it is absent or empty.
    private func node(_ key: String) -> SourceNode? {
        var node = root
        for part in key.split(separator: ".") {
            guard case .mapping(let entries) = node.value, let entry = entries.first(where: { $0.key == part }) else { return nil }
            node = entry.value
        }
        if case .null = node.value { return nil }
        return node
    }

    /// The path at `key`; nil where there is none, and a problem where there is something else.
    func path(_ key: String) -> FilePath? {
        guard let node = node(key) else { return nil }
        guard case .scalar(let text) = node.value else {
            problems.report(node.place, "'\(key)' must be a path, not \(node.kind)")
            return nil
        }
        if text.isEmpty { return nil }
        let path = FilePath(text)
        guard path.isAbsolute else {
            problems.report(
                node.place, "'\(key)': \(SourceText.quoted(text)) is not an absolute path, so it is unknown which file Harbor uses")
            return nil
        }
        return path.lexicallyNormalized()
    }

    private func isOn(_ key: String) -> Bool {
        guard let node = node(key), case .scalar(let text) = node.value else { return false }
        return ["true", "yes", "on"].contains(text.lowercased())
    }

    /// Paths anywhere on the host that `prepare` copies or mounts into containers.
    func namedPaths(dataVolume: FilePath) -> [HarborYAML.NamedPath] {
        var found: [HarborYAML.NamedPath] = []
        func add(_ key: String, isPrivateKey: Bool = false, mapping: (FilePath) -> FilePath = { $0 }) {
            guard let path = path(key) else { return }
            found.append(.init(path: mapping(path), isPrivateKey: isPrivateKey, isOptional: false, origin: key))
        }
        add("https.certificate")
        add("https.private_key", isPrivateKey: true)
        // The folder holds the private keys of all components, and the authority's.
        if isOn("internal_tls.enabled") { add("internal_tls.dir", isPrivateKey: true) }
        add("storage_service.ca_bundle") { path in
            // `prepare` sees the data volume as /data, wherever it lies on the host.
            guard path.starts(with: "/data"), path != "/data" else { return path }
            var rest = path
            return rest.removePrefix("/data") ? dataVolume.pushing(rest) : path
        }
        add("storage_service.gcs.keyfile", isPrivateKey: true)
        add("uaa.ca_file")
        add("external_redis.tlsOptions.rootCA")
        return found
    }
}
