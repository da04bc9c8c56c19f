import Foundation
import HarborLab
import HarborStandIn
import LabServers

/// A registry host whose Harbor answers: a lab with API and registry front, jobs of the registry's upkeep, and a list of pins.
struct UpkeepHost: Sendable {
    let host: RegistryHost
    let harbor: HarborStandIn

    var lab: HarborLab { host.lab }
    var pinsFile: String { host.folder.file("pins") }
    /// The registry's name in references.
    var name: String { "127.0.0.1:\(harbor.port)" }

    /// Starts everything; `retention` is what stands in the retention job beside its schedule.
    static func start(retention: String) async throws -> UpkeepHost {
        let host = try RegistryHost()
        let harbor = try await HarborStandIn.start(lab: host.lab)
        let upkeep = UpkeepHost(host: host, harbor: harbor)
        let password = host.folder.file("harbor-password")
        try Data(harbor.robotPassword.utf8).write(to: URL(filePath: password))
        chmod(password, 0o600)
        try upkeep.pin([])
        var text = try String(contentsOfFile: host.configuration, encoding: .utf8)
        text = text.replacing(
            "jobs:\n",
            with: """
                harbor: {url: "\(harbor.url)", username: "\(harbor.robot)", password_file: \(password), ca_file: \(harbor.certificateAuthority)}
                pins: {files: {running: \(upkeep.pinsFile)}}
                jobs:
                  retention:
                    schedule: manual
                    requires: {complete_snapshot: 1h}
                \(retention.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
                  gc: {schedule: manual, requires: {complete_snapshot: 1h}, max_share: 100%}
                  rescan: {schedule: manual, parallel: 2, rate: 6000/m}
                  pin-check: {schedule: manual}

                """)
        try text.write(toFile: host.configuration, atomically: true, encoding: .utf8)
        return upkeep
    }

    /// Replaces the list of running images.
    func pin(_ references: [String]) throws {
        try (references + ["docker.io/library/busybox:1"]).joined(separator: "\n").write(
            toFile: pinsFile, atomically: true, encoding: .utf8)
    }

    /// Pushes an image of its own layer, `days` ago.
    @discardableResult
    func push(_ repository: String, _ tag: String, days: Int) throws -> LabImage {
        let image = try lab.pushImage(repository: repository, tags: [tag], layers: ["the base", "\(repository) \(tag)"])
        try lab.sql(
            """
            UPDATE artifact SET push_time = now() - interval '\(days) days' WHERE digest = '\(image.digest)';
            UPDATE tag SET push_time = now() - interval '\(days) days' WHERE artifact_id IN (SELECT id FROM artifact WHERE digest = '\(image.digest)');
            """)
        return image
    }

    /// Lets all contents look as if nobody had touched them for a day, which is beyond the collection's window.
    func age() throws { try lab.sql("UPDATE blob SET update_time = now() - interval '1 day'") }

    /// A job's result with its exit status.
    func run(_ words: String...) throws -> (status: Int32, report: BackupReport) {
        let result = try host.opsd(words + ["--json"])
        guard let report = try? JSONDecoder().decode(BackupReport.self, from: Data(result.bytes)) else {  // the text itself says why
            throw LabError(.system, "no report: \(result.output)\(result.errors)")
        }
        return (result.status, report)
    }

    /// What the registry's front answers to the robot.
    func status(_ method: String, _ target: String, accept: String = "*/*") throws -> Int {
        let answer = try Program.succeed(
            "curl",
            [
                "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", harbor.certificateAuthority, "-H", "Accept: \(accept)", "-u",
                "\(harbor.robot):\(harbor.robotPassword)",
            ] + (method == "HEAD" ? ["-I"] : []) + [harbor.url + target])
        return Int(String(decoding: answer, as: UTF8.self)) ?? 0
    }

    /// Whether every part of an image can be pulled by its digest through the front.
    func isWhole(_ image: LabImage) throws -> Bool {
        guard try status("GET", "/v2/\(image.repository)/manifests/\(image.digest)", accept: image.mediaType) == 200 else { return false }
        return try image.blobs.allSatisfy { try status("GET", "/v2/\(image.repository)/blobs/\($0)") == 200 }
    }

    /// Whether Harbor's queue of collections is paused.
    func isCollectionPaused() throws -> Bool {
        let answer = try Program.succeed(
            "curl",
            [
                "-s", "--cacert", harbor.certificateAuthority, "-u", "\(harbor.admin):\(harbor.adminPassword)",
                harbor.url + "/api/v2.0/jobservice/queues",
            ])
        return String(decoding: answer, as: UTF8.self).contains(
            /\{[^{}]*"job_type"\s*:\s*"GARBAGE_COLLECTION"[^{}]*"paused"\s*:\s*true|"paused"\s*:\s*true[^{}]*"job_type"\s*:\s*"GARBAGE_COLLECTION"/
        )
    }
}
