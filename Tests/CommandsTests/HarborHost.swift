import AgeEncryption
import Foundation
import HarborLab
import HarborStandIn
import LabServers
import LocalIO
import Testing

/// A registry host with a whole Harbor beside it: a database, a registry with images, and the API.
struct HarborHost {
    let lab: HarborLab
    let standIn: HarborStandIn
    let folder: TemporaryFolder

    /// Starts everything, makes the vaults, and pins what `pins` names in the registry.
    static func up(
        pins: [String] = ["library/app:1.0"], retention: String = "{schedule: manual, classes: {all: {tags: [\"*\"], keep: all}}}"
    ) async throws
        -> HarborHost
    {
        let lab = try await onBlockingThread { try HarborLab.up() }
        let standIn = try await HarborStandIn.start(lab: lab)
        let host = HarborHost(lab: lab, standIn: standIn, folder: try TemporaryFolder("opsd-harbor"))
        try await host.write(retention: retention, pins: pins)
        for vault in ["main", "keys"] {
            let made = await host.opsd("vault", "init", "--vault", vault)
            try #require(made.status == 0, "\(made.errors)")
        }
        return host
    }

    private func write(retention: String, pins: [String]) async throws {
        let recipient = AgeIdentity.make().recipient.text
        let text = try lab.writerConfiguration(
            .init(vault: folder.file("vault"), keysVault: folder.file("vault-keys"), recipients: [recipient], state: folder.file("state")))
        let jobs = """
              backup: {schedule: manual}
              gc: {schedule: manual, max_share: 100%}
              retention: \(retention)
              pin-check: {schedule: manual}
            """
        let more = """
            harbor:
              url: \(standIn.url)
              username: \(standIn.robot)
              password_file: \(folder.file("robot"))
              ca_file: \(standIn.certificateAuthority)
            pins: {files: {production: \(folder.file("pins"))}}

            """
        let whole = text.replacing("  backup: {schedule: \"15 2 * * *\", timezone: UTC}", with: jobs) + more
        try Data(whole.utf8).write(to: URL(filePath: folder.file("opsd.yaml")))
        try pin(pins)
        try Data(standIn.robotPassword.utf8).write(to: URL(filePath: folder.file("robot")))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file("robot"))
    }

    /// Writes the configuration with other words in a place of it.
    func change(_ old: String, to new: String) throws {
        let file = URL(filePath: folder.file("opsd.yaml"))
        try Data(try String(contentsOf: file, encoding: .utf8).replacing(old, with: new).utf8).write(to: file)
    }

    /// Writes the list of running images anew.
    func pin(_ images: [String]) throws {
        let lines = images.map { $0.contains(".example.com/") ? $0 : "127.0.0.1:\(standIn.port)/\($0)" }
        try Data(lines.map { "\($0)\n" }.joined().utf8).write(to: URL(filePath: folder.file("pins")))
    }

    /// Runs `opsd` with this host's configuration.
    func opsd(_ words: String...) async -> Spoken { await Spoken.opsd(words + ["--config", folder.file("opsd.yaml")]) }

    /// Whether the registry has an image.
    func has(_ tag: String, in repository: String) async throws -> Bool {
        let count = try await standIn.database.value(
            "SELECT count(*) FROM tag JOIN repository USING (repository_id) WHERE repository.name = $1 AND tag.name = $2",
            [repository, tag])
        return count == "1"
    }

    func down() {
        standIn.stop()
        lab.stop()
    }
}
