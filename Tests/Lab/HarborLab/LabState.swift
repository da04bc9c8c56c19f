import Foundation
import LabServers

/// What another process must know of a running lab: the content of `lab.json`. It holds the lab's passwords, which protect nothing.
struct LabState: Codable, Sendable {
    var server: ServerProcess.Identity
    var port: Int
    var superuserPassword: String
    var binaries: String
    var readerPassword: String
    var registryServer: ServerProcess.Identity
    var registryPort: Int
    var images: [LabImage]

    /// The state of the lab in the folder `path`. Throws `LabError` when there is none.
    init(folder path: String) throws {
        let file = path + "/lab.json"
        // Whatever the reason: without a readable file there is no lab.
        guard let data = try? Data(contentsOf: URL(filePath: file)) else {
            throw LabError(.notFound, "there is no lab in \(path): \(file) cannot be read", remedy: "run 'harborlab up --dir \(path)'")
        }
        self = try JSONDecoder().decode(LabState.self, from: data)
    }

    init(cluster: PostgresCluster, readerPassword: String, registry: RegistryServer, images: [LabImage]) {
        server = cluster.identity
        port = cluster.port
        superuserPassword = cluster.password
        binaries = cluster.binaries
        self.readerPassword = readerPassword
        registryServer = registry.identity
        registryPort = registry.port
        self.images = images
    }

    func write(toFolder path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(filePath: path + "/lab.json"), options: .atomic)
    }
}
