package import SystemPackage

/// One entry of `files:` — files that are archived together.
package struct FileSetSection: Sendable {
    /// Part of object names.
    package let name: String
    /// Files and folders, at least one.
    package let paths: [FilePath]
    /// The vault that takes the archive instead of the job's own.
    package let vault: String?

    /// Makes a file set.
    package init(name: String, paths: [FilePath], vault: String? = nil) {
        self.name = name
        self.paths = paths
        self.vault = vault
    }

    init?(_ reader: SectionReader) {
        reader.need("paths")
        let paths = reader.list("paths", PlainValues.absolutePath)
        let vault = reader.value("vault", PlainValues.text)
        reader.finish()
        guard let paths else { return nil }
        if paths.isEmpty { reader.problems.report(at: reader.path(of: "paths"), "'\(reader.path).paths' is empty") }
        self.init(name: reader.name, paths: paths, vault: vault)
    }
}
