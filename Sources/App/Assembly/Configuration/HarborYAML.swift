package import SystemPackage

/// What Harbor's own configuration says that a backup must know: the paths it names, and where its secret key is.
package struct HarborYAML: Sendable {
    /// A file or folder of the host that belongs to this installation.
    package struct NamedPath: Hashable, Sendable {
        /// Absolute, on the host.
        package let path: FilePath
        /// It is a private key or holds some: it goes to the file set `keys`.
        package let isPrivateKey: Bool
        /// Harbor works without it, so it may be absent.
        package let isOptional: Bool
        /// The key that names it, such as `https.certificate`.
        package let origin: String

        /// Makes a path with what is known of it.
        package init(path: FilePath, isPrivateKey: Bool, isOptional: Bool, origin: String) {
            self.path = path
            self.isPrivateKey = isPrivateKey
            self.isOptional = isOptional
            self.origin = origin
        }
    }

    /// The folder for everything that Harbor keeps.
    package let dataVolume: FilePath
    /// In the order in which they are looked for, each once.
    package let paths: [NamedPath]

    /// Harbor's encryption key: without it the secrets in a database dump are noise.
    package var secretKeyPath: FilePath { dataVolume.appending("secret/keys/secretkey") }

    /// Reads the text of harbor.yml, which messages call `file`.
    ///
    /// Throws ``ConfigurationError`` where it is no YAML, or where a path in it is not absolute.
    package init(parsing text: String, file: String = "harbor.yml") throws(ConfigurationError) {
        let problems = ProblemCollector(SourceText(text, file: file))
        let root = SourceNode(problems.source, problems: problems)
        let document = root.flatMap { HarborDocument($0, problems: problems) }
        try problems.throwIfAny()
        guard let document else {
            throw ConfigurationError(.invalid, [ConfigurationProblem(file: file, what: "is not Harbor's configuration")])
        }
        dataVolume = document.path("data_volume") ?? "/data"
        var paths = document.namedPaths(dataVolume: dataVolume)
        for (below, isPrivateKey, isOptional) in Self.belowDataVolume {
            paths.append(
                .init(path: dataVolume.appending(below), isPrivateKey: isPrivateKey, isOptional: isOptional, origin: "data_volume"))
        }
        try problems.throwIfAny()
        var seen: Set<FilePath> = []
        self.paths = paths.filter { seen.insert($0.path).inserted }
    }

    /// `secret/` holds the encryption key, the token-signing key and copies of the TLS keys; `ca_download/` is filled by the operator.
    private static let belowDataVolume: [(String, isPrivateKey: Bool, isOptional: Bool)] = [
        ("secret", true, false), ("ca_download", false, true),
    ]
}

extension FilePath {
    /// Whether this is a Harbor installation's configuration, by its name.
    var isHarborYAML: Bool { lastComponent?.string == "harbor.yml" }
}
