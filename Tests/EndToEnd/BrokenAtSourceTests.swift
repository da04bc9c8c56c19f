import Foundation
import HarborLab
import LabServers
import Testing

@Suite(
    "what production has lost is named, and the rest is safe", .offThePool,
    .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct BrokenAtSourceTests {
    @Test("rotten, missing and empty blobs make a run partial and name the images; an acknowledgement ends that")
    func broken() throws {
        let host = try RegistryHost()
        let plain = try #require(host.lab.images(.plain).first)
        let deep = try #require(host.lab.images(.deepName).first)
        let signed = try #require(host.lab.images(.signed).first)
        let rotten = try #require(plain.blobs.last)
        let missing = try #require(deep.blobs.last { $0 != deep.digest })
        try host.lab.inject(.rotten(digest: rotten))
        try host.lab.inject(.missing(digest: missing))
        try host.lab.inject(.zero(digest: signed.digest))

        let (status, report) = try host.backup()
        #expect(status == 2)
        #expect(report.outcome == "partial")
        #expect(report.numbers["broken_at_source"] == 3)
        let findings = Dictionary(report.findings.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
        for (code, digest, repository) in [
            ("broken_at_source_rotten", rotten, plain.repository), ("broken_at_source_missing", missing, deep.repository),
            ("broken_at_source_zero_length", signed.digest, signed.repository),
        ] {
            let finding = try #require(findings[code], "\(code)")
            #expect(finding.severity == "warning")
            #expect(finding.message.contains(digest) && finding.message.contains(repository), "\(finding.message)")
            #expect(finding.message.contains("opsd acknowledge \(digest)"))
        }
        // What production lost is listed apart: the snapshot itself is complete, and everything else comes back.
        #expect(try host.succeed("snapshot", "show", "latest").contains("complete"))
        let restored = try host.opsd("restore", "storage", "--to", host.folder.file("out"), "--identity", host.identity, "--execute")
        #expect(restored.status == 2)
        #expect(restored.output.contains(rotten) && restored.output.contains("broken at source"))
        let docker = try #require(host.lab.images(.dockerSchema2).first)
        for blob in docker.blobs {
            let copy = host.folder.file("out") + String(host.lab.blobFile(blob).dropFirst(host.lab.storage.count))
            #expect(FileManager.default.contentsEqual(atPath: copy, andPath: host.lab.blobFile(blob)))
        }

        for digest in [rotten, missing, signed.digest] {
            _ = try host.succeed("acknowledge", digest, "--until", "2099-01-01", "--reason", "rebuilt from source on Monday")
        }
        let (again, after) = try host.backup()
        #expect(again == 0, "\(after.findings)")
        #expect(after.numbers["broken_at_source"] == 3)
        #expect(after.findings.contains { $0.message.contains("acknowledged until") })
    }

    @Test("a secret key that does not belong to the database is found at backup time")
    func wrongKey() throws {
        let host = try RegistryHost()
        try host.lab.inject(.wrongSecretKey)
        let (status, report) = try host.backup()
        #expect(status == 2)
        #expect(report.findings.contains { $0.code == "secret_key_mismatch" })
    }

    @Test("a manifest names what it needs even where the rows have lost it: found on disk it is saved, else it is told")
    func lostRows() throws {
        let host = try RegistryHost()
        let found = try #require(host.lab.images(.plain).first)
        let lost = try #require(host.lab.images(.dockerSchema2).first)
        let kept = try #require(found.blobs.last)
        let gone = try #require(lost.blobs.last)
        for digest in [kept, gone] {
            _ = try host.lab.sql(
                """
                DELETE FROM artifact_blob WHERE digest_blob = '\(digest)';
                DELETE FROM project_blob USING blob WHERE blob.id = project_blob.blob_id AND blob.digest = '\(digest)';
                DELETE FROM blob WHERE digest = '\(digest)';
                """)
        }
        try host.lab.inject(.missing(digest: gone))
        for _ in 1...2 {
            let (status, report) = try host.backup()
            #expect(status == 2)
            let told = report.findings.filter { $0.code == "reference_missing" }
            #expect(told.count == 1, "\(report.findings)")
            #expect(told.first?.message.contains(lost.digest) == true && told.first?.message.contains(gone) == true)
        }
        let unpacked = host.folder.file("unpacked")
        let script =
            "mkdir '\(unpacked)'; for p in '\(host.vault)'/packs/*/*.age; do age -d -i '\(host.identity)' \"$p\" | tar -x -i -C '\(unpacked)'; done"
        #expect(try Program.run("bash", ["-c", script]).status == 0)
        #expect(FileManager.default.fileExists(atPath: unpacked + "/blobs/sha256/" + kept.dropFirst(7)))
    }

    @Test("a file of a set that is not there makes the run partial and is named")
    func vanishedFile() throws {
        let host = try RegistryHost()
        let text = try String(contentsOfFile: host.configuration, encoding: .utf8)
        let gone = host.folder.file("no-such-file")
        try text.replacing("paths: [\(host.lab.configurationFile)", with: "paths: [\(gone), \(host.lab.configurationFile)")
            .write(toFile: host.configuration, atomically: true, encoding: .utf8)
        let (status, report) = try host.backup()
        #expect(status == 2)
        #expect(report.findings.contains { $0.code == "file_vanished" && $0.message.contains(gone) })
    }
}
