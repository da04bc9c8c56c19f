package import SystemPackage

/// `storage:` — where the registry keeps its blobs.
package struct StorageSection: Hashable, Sendable {
    /// The folder that holds `docker/registry/v2`.
    package let filesystem: FilePath

    /// Makes the section.
    package init(filesystem: FilePath) {
        self.filesystem = filesystem
    }

    init?(_ reader: SectionReader) {
        let folder = reader.required("filesystem", hint: "name the folder that holds docker/registry/v2", PlainValues.absolutePath)
        reader.finish()
        guard let folder else { return nil }
        if folder.ends(with: "docker/registry/v2") {
            let root = folder.removingLastComponent().removingLastComponent().removingLastComponent()
            reader.problems.report(
                at: reader.path(of: "filesystem"), "'storage.filesystem' must be the folder that holds docker/registry/v2",
                hint: "did you mean '\(root)'?")
            return nil
        }
        self.init(filesystem: folder)
    }
}
