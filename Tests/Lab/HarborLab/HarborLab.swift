import Foundation
package import LabServers
import Synchronization

/// A small Harbor on loopback: PostgreSQL with Harbor's tables, a registry with images in it, and the files of a Harbor host.
///
/// A test that changes anything needs a lab of its own. Servers end with the process unless the lab is detached.
package final class HarborLab: Sendable {
    /// How a lab is made.
    package struct Options: Sendable {
        /// How many synthetic repositories of ten blobs each are added.
        package var scale: Int
        /// What the synthetic bytes are made from.
        package var seed: UInt64
        /// Whether the servers go on after this process; `HarborLab.down` ends them.
        package var isDetached: Bool
        /// The programs of one of `PostgresCluster.installations`; nil means the newest version.
        package var binaries: String?

        /// How a lab is made.
        package init(scale: Int = 0, seed: UInt64 = 1, isDetached: Bool = false, binaries: String? = nil) {
            self.scale = scale
            self.seed = seed
            self.isDetached = isDetached
            self.binaries = binaries
        }
    }

    /// How a client reaches Harbor's database with the least rights that a backup needs.
    package struct Database: Sendable {
        /// An address of loopback.
        package let host: String
        /// The TCP port.
        package let port: Int
        /// The database's name.
        package let name: String
        /// A role without any right to write.
        package let user: String
        /// That role's password.
        package let password: String
    }

    /// The lab's folder.
    package let path: String
    /// For a backup: the role `opsd`, which can read everything and change nothing.
    package let database: Database
    /// The database server, for a test that acts as Harbor's core or as an administrator.
    package let cluster: PostgresCluster
    /// The registry, for pulls.
    package let registry: RegistryServer

    private let folder: TemporaryFolder?
    private let pushed: Mutex<[LabImage]>

    init(
        path: String, readerPassword: String, cluster: PostgresCluster, registry: RegistryServer, images: [LabImage],
        folder: TemporaryFolder?
    ) {
        self.path = path
        database = Database(host: "127.0.0.1", port: cluster.port, name: Self.databaseName, user: "opsd", password: readerPassword)
        self.cluster = cluster
        self.registry = registry
        pushed = Mutex(images)
        self.folder = folder
    }

    /// What Harbor calls its database.
    static let databaseName = "registry"

    var installation: HarborInstallation { HarborInstallation(path: path) }
    var registryFolder: RegistryFolder { RegistryFolder(path: storage) }

    /// The folder that holds `docker/registry/v2`.
    package var storage: String { installation.storage }
    /// The 16 bytes that Harbor encrypts with.
    package var secretKeyFile: String { installation.secretKeyFile }
    /// Harbor's `harbor.yml`.
    package var configurationFile: String { installation.configurationFile }
    /// The folder of `common/config`, which Harbor's installer generates.
    package var generatedFolder: String { path + "/harbor/common/config" }
    /// Private and public keys of the token service, the secret key, copies of the certificates.
    package var secretFolder: String { path + "/data/secret" }
    /// The folder with `cosign.pub` and `cosign.key`.
    package var signingFolder: String { installation.signingFolder }
    /// All images that were pushed, synthetic ones left out.
    package var images: [LabImage] { pushed.withLock { $0 } }

    /// The images of one kind.
    package func images(_ kind: LabImage.Kind) -> [LabImage] { images.filter { $0.kind == kind } }

    /// The file of a blob in the storage.
    package func blobFile(_ digest: String) -> String { registryFolder.blob(digest) }

    /// Runs statements in Harbor's database as its owner; answers as `PostgresCluster.psql`. Throws `LabError`.
    @discardableResult
    package func sql(_ statements: String) throws -> String { try cluster.psql(statements, database: Self.databaseName) }

    /// Ends both servers; the files stay until the lab's folder goes.
    package func stop() {
        registry.stop()
        cluster.stop()
    }

    /// Pushes one more image, its layers being these texts, and records it as Harbor's core does. Throws `LabError`.
    @discardableResult
    package func pushImage(project: String = "library", repository: String, tags: [String] = [], layers: [String]) throws -> LabImage {
        let contents = try layers.map { text in
            let archive = try LayerArchive(path: "file", text: text)
            return (blob: BlobContent(MediaType.layer, archive.compressed), diffID: archive.diffID)
        }
        let content = try ImageContent.image(layers: contents)
        let name = "\(project)/\(repository)"
        try registry.push(content, to: name)
        var rows = ImageRows()
        rows.add(content, project: project, repository: name, tags: tags)
        rows.refreshQuotas()
        try sql("BEGIN;\n\(rows.sql)COMMIT;")
        let image = LabImage(
            kind: .added, project: project, repository: name, digest: content.manifest.digest, mediaType: content.manifest.mediaType,
            tags: tags, blobs: content.blobs.map(\.digest), children: [])
        pushed.withLock { $0.append(image) }
        return image
    }
}
