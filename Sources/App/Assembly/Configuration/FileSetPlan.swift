package import SystemPackage

/// What the file sets archive, once harbor.yml has been read: its paths follow the set that holds it, private keys go to `keys`.
package struct FileSetPlan: Sendable {
    /// One archive.
    package struct Entry: Sendable {
        /// Of the file set.
        package let name: String
        /// The vault that takes it; nil is the job's own.
        package let vault: String?
        /// Paths that must exist.
        package let paths: [FilePath]
        /// Paths that are archived where they exist.
        package let optionalPaths: [FilePath]

        /// Makes one archive.
        package init(name: String, vault: String?, paths: [FilePath], optionalPaths: [FilePath] = []) {
            self.name = name
            self.vault = vault
            self.paths = paths
            self.optionalPaths = optionalPaths
        }
    }

    /// In the order of the configuration.
    package let sets: [Entry]
    /// Harbor's encryption key, to be checked against the dump; nil where no harbor.yml was read.
    package let secretKeyPath: FilePath?
    /// A harbor.yml that could not be read: its paths are missing from the sets.
    package let findings: [ConfigurationFinding]

    /// Makes a plan.
    package init(sets: [Entry], secretKeyPath: FilePath?, findings: [ConfigurationFinding]) {
        self.sets = sets
        self.secretKeyPath = secretKeyPath
        self.findings = findings
    }
}

extension Configuration {
    /// The file set for private keys.
    package static let keysSet = "keys"

    /// Reads each harbor.yml that a file set names and adds what it names. Never throws: a harbor.yml that cannot be read is a finding,
    /// and the set that names it is archived all the same.
    package func fileSetPlan() -> FileSetPlan {
        var required = Dictionary(files.map { ($0.name, $0.paths) }, uniquingKeysWith: +)
        var optional: [String: [FilePath]] = [:]
        var findings: [ConfigurationFinding] = []
        var secretKeyPath: FilePath?
        for set in files {
            for path in set.paths where path.isHarborYAML {
                let harbor: HarborYAML
                do {
                    harbor = try HarborYAML(parsing: try Self.text(of: path, limit: 1 << 20), file: path.string)
                } catch {
                    let reason = (error as? ConfigurationError)?.problem ?? "\(path): \(error)"
                    findings.append(
                        .init(
                            .harborYAMLUnreadable, .warning, "the certificates and keys that harbor.yml names are not backed up: \(reason)",
                            remedy: "mend that file, or list the paths under 'files' yourself"))
                    continue
                }
                secretKeyPath = secretKeyPath ?? harbor.secretKeyPath
                for named in harbor.paths {
                    let home = named.isPrivateKey && required[Self.keysSet] != nil ? Self.keysSet : set.name
                    if named.isOptional {
                        optional[home, default: []].append(named.path)
                    } else {
                        required[home, default: []].append(named.path)
                    }
                }
            }
        }
        let sets = files.map { set in
            let paths = Self.withoutNested(required[set.name] ?? [])
            return FileSetPlan.Entry(
                name: set.name, vault: set.vault, paths: paths,
                optionalPaths: Self.withoutNested(optional[set.name] ?? []).filter { path in !paths.contains { path.starts(with: $0) } })
        }
        return FileSetPlan(sets: sets, secretKeyPath: secretKeyPath, findings: findings)
    }

    /// Each path once, and none that lies in another.
    private static func withoutNested(_ paths: [FilePath]) -> [FilePath] {
        var kept: [FilePath] = []
        for (index, path) in paths.enumerated() {
            let isCovered = paths.enumerated().contains { other, container in
                path.starts(with: container) && (path != container || other < index)
            }
            if !isCovered { kept.append(path) }
        }
        return kept
    }
}
