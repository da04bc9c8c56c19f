internal import OCIImage
internal import SystemPackage

/// Where distribution's filesystem driver keeps things, below the folder that its configuration names.
struct StorageLayout: Sendable {
    /// The folder `docker/registry/v2`.
    let base: FilePath

    init(root: FilePath) {
        base = root.appending("docker").appending("registry").appending("v2")
    }

    func blobFolder(_ digest: Digest) -> FilePath {
        let hex = digest.hex
        return base.appending("blobs").appending(digest.algorithm.rawValue).appending(String(hex.prefix(2))).appending(hex)
    }

    func blob(_ digest: Digest) -> FilePath { blobFolder(digest).appending("data") }

    func layerLink(_ repository: RepositoryName, _ digest: Digest) -> FilePath {
        link(folder(of: repository).appending("_layers"), digest)
    }

    func revisionLink(_ repository: RepositoryName, _ digest: Digest) -> FilePath {
        link(folder(of: repository).appending("_manifests").appending("revisions"), digest)
    }

    func currentTagLink(_ repository: RepositoryName, _ tag: TagName) -> FilePath {
        tagFolder(repository, tag).appending("current").appending("link")
    }

    func tagIndexLink(_ repository: RepositoryName, _ tag: TagName, _ digest: Digest) -> FilePath {
        link(tagFolder(repository, tag).appending("index"), digest)
    }

    private func folder(of repository: RepositoryName) -> FilePath {
        repository.components.reduce(base.appending("repositories")) { $0.appending($1) }
    }

    private func tagFolder(_ repository: RepositoryName, _ tag: TagName) -> FilePath {
        folder(of: repository).appending("_manifests").appending("tags").appending(tag.description)
    }

    private func link(_ folder: FilePath, _ digest: Digest) -> FilePath {
        folder.appending(digest.algorithm.rawValue).appending(digest.hex).appending("link")
    }
}
