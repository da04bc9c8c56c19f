import Foundation
import HarborLab
import LabServers
import Testing

@Suite("a killed backup loses nothing", .offThePool, .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct KilledBackupTests {
    @Test("kill -9 half way leaves older snapshots sound, and the next run stores only what was missing")
    func killed() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        // Large enough for several packs: 80 layers of 4 MiB that do not compress.
        for number in 0..<40 {
            let layer = Noise.text(seed: UInt64(number), count: 4 << 20)
            _ = try host.lab.pushImage(repository: "large-\(number)", tags: ["1"], layers: [layer, layer + "x"])
        }
        let process = Process()
        process.executableURL = URL(filePath: Project.programs + "/opsd")
        process.arguments = ["run-now", "backup", "--config", host.configuration]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let before = try host.packCount()
        // Two workers write a pack each: with three durable ones the catalog knows at least one of them.
        let deadline = Date(timeIntervalSinceNow: 60)
        while try host.packCount() < before + 3, process.isRunning, Date() < deadline { usleep(2000) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)

        _ = try host.succeed("vault", "audit", "--read")
        #expect(try host.succeed("snapshots").split(separator: "\n").count == 2)
        let (status, report) = try host.backup()
        #expect(status == 0, "\(report.findings)")
        #expect(report.numbers["packs_adopted"] ?? 0 >= 1)
        // 40 images of a manifest, a config and two layers; what the killed run stored is not read again.
        #expect((report.numbers["read_blobs"] ?? 0) < 160)
        #expect((report.numbers["read_blobs"] ?? 0) > 0)
        _ = try host.succeed("vault", "audit", "--read")
        _ = try host.succeed("vault", "verify", "--identity", host.identity)
        let storage = host.folder.file("out")
        _ = try host.succeed("restore", "storage", "--to", storage, "--identity", host.identity, "--execute")
        #expect(try host.pullAll(from: storage) > 30)
    }
}

extension RegistryHost {
    /// Packs that have their final name.
    func packCount() throws -> Int {
        var count = 0
        for prefix in 0..<256 {
            let folder = vault + "/packs/" + String(format: "%02x", prefix)
            count += try FileManager.default.contentsOfDirectory(atPath: folder).count { $0.hasSuffix(".tar.age") && !$0.hasPrefix(".") }
        }
        return count
    }
}
