import Foundation
import LabServers
import OCIImage
import Testing
import Vault

@Suite("snapshots on the command line")
struct SnapshotCommandTests {
    @Test("an empty vault has a header and no lines; asked for the latest it ends with 1 and says how to make one")
    func empty() async throws {
        let host = try await SampleHost.withVault()
        let text = await host.opsd("snapshots")
        #expect(text.status == 0 && text.output == "SNAPSHOT  RECOVERY POINT  SCOPE  STATE  ARTIFACTS  BLOBS  SIZE  SEQUENCE\n")
        let json = try await host.opsd("snapshots", "--json").object()
        #expect(json["vault"] as? String == "main" && (json["snapshots"] as? [Any])?.isEmpty == true)
        for words in [["ls", "latest"], ["snapshot", "show", "latest"]] {
            let spoken = await Spoken.opsd(words + ["--config", host.configurationFile])
            #expect(spoken.status == 1 && spoken.output.isEmpty && spoken.errors.contains("opsd run-now backup"))
        }
    }

    @Test("the list has a line a snapshot, oldest first, and its JSON snake-case keys and RFC 3339 times")
    func list() async throws {
        let host = try await SampleHost.withVault()
        let ids = [try await host.publish(1, tags: ["1"]), try await host.publish(2, tags: ["2"])]
        let text = await host.opsd("snapshots")
        let lines = text.output.split(separator: "\n").dropFirst().map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
        #expect(lines.map(\.first) == ids.map(\.description))
        #expect(lines.first?.dropFirst() == ["2026-01-01T00:01:00Z", "database", "complete", "1", "2", "1.5", "KiB", "1"])
        let json = try await host.opsd("snapshots", "--json").object()
        let second = try #require((json["snapshots"] as? [[String: Any]])?.last)
        #expect(second["recovery_point"] as? String == "2026-01-01T00:02:00Z" && second["blob_bytes"] as? Int == 1536)
        #expect(second["sequence"] as? Int == 2 && second["complete"] as? Bool == true)
    }

    @Test("a snapshot is shown by its id, by the beginning of it, or as the latest; what is ambiguous or unknown is said")
    func show() async throws {
        let host = try await SampleHost.withVault()
        let first = try await host.publish(1, tags: ["1"])
        let second = try await host.publish(2, tags: ["2"])
        #expect(await host.opsd("snapshot", "show", "latest").output.hasPrefix("snapshot          \(second)\n"))
        #expect(await host.opsd("snapshot", "show", "20260101T0001").output.contains("\(first)"))
        let json = try await host.opsd("snapshot", "show", "\(first)", "--json").object()
        #expect(json["snapshot"] as? String == "\(first)")
        let several = await host.opsd("snapshot", "show", "2026")
        #expect(several.status == 64 && several.errors.contains("2 snapshots begin with '2026'"))
        #expect(await host.opsd("snapshot", "show", "2025").status == 1)
    }

    @Test("ls without an identity and without a copy is refused with 3; with one it lists images and tags")
    func ls() async throws {
        let host = try await SampleHost.withVault()
        try await host.publish(1, tags: ["1.27", "latest"], more: ["team/tool"])
        let refused = await host.opsd("ls", "latest")
        #expect(refused.status == 3 && refused.errors.contains("--identity"))
        let text = await host.opsd("ls", "latest", "--identity", host.identityFile)
        let digest = Digest(of: SampleHost.manifest)
        #expect(text.status == 0 && text.output.contains("library/nginx  \(digest)  IMAGE  1.27,latest\n"))
        let one = await host.opsd("ls", "latest", "team/tool", "--json", "--identity", host.identityFile)
        let list = try #require(try JSONSerialization.jsonObject(with: Data(one.output.utf8)) as? [[String: Any]])
        #expect(list.count == 1 && list.first?["repository"] as? String == "team/tool" && list.first?["digest"] as? String == "\(digest)")
        #expect(await host.opsd("ls", "latest", "no/such", "--identity", host.identityFile).status == 1)
    }

    @Test("find knows tags, repositories with and without a tag, and digests of images and of their blobs")
    func find() async throws {
        let host = try await SampleHost.withVault()
        let first = try await host.publish(1, tags: ["1"])
        let second = try await host.publish(2, tags: ["2"])
        let layer = Digest(of: SampleHost.layer)
        for (name, expected) in [
            ("1", [first]), ("library/nginx:2", [second]), ("library/nginx", [second, first]),
            ("\(Digest(of: SampleHost.manifest))", [second, first]),
            ("\(layer)", [second, first]),
        ] {
            let spoken = await host.opsd("find", name, "--json", "--identity", host.identityFile)
            #expect(spoken.status == 0)
            let hits = try #require(try JSONSerialization.jsonObject(with: Data(spoken.output.utf8)) as? [[String: Any]])
            #expect(hits.map { $0["snapshot"] as? String } == expected.map(\.description), "\(name)")
        }
        #expect(await host.opsd("find", "3", "--identity", host.identityFile).status == 1)
        #expect(await host.opsd("find", "sha256:12", "--identity", host.identityFile).status == 64)
        let blind = await host.opsd("find", "1")
        #expect(blind.status == 1 && blind.errors.contains("2 older snapshots were not looked into"))
    }

    @Test("diff shows what came, what went and what has other tags")
    func diff() async throws {
        let host = try await SampleHost.withVault()
        let first = try await host.publish(1, tags: ["1"], more: ["gone/tool", "kept/tool"])
        let second = try await host.publish(2, tags: ["2"], more: ["kept/tool", "new/tool"])
        let digest = Digest(of: SampleHost.manifest)
        let text = await host.opsd("diff", "\(first)", "\(second)", "--identity", host.identityFile)
        #expect(
            text.output.split(separator: "\n") == [
                "- gone/tool@\(digest) latest", "+ new/tool@\(digest) latest", "~ library/nginx@\(digest) 2",
            ])
        let json = try await host.opsd("diff", "\(second)", "\(second)", "--json", "--identity", host.identityFile).object()
        for key in ["added", "removed", "retagged"] { #expect((json[key] as? [Any])?.isEmpty == true) }
    }
}

@Suite("restoring on the command line")
struct RestoreCommandTests {
    @Test("a restore without an identity ends with 64 and says how to give one")
    func withoutIdentity() async throws {
        let host = try await SampleHost.withVault()
        try await host.publish(1, tags: ["1"])
        for words in [["restore", "database", "--to", "host=/nowhere"], ["restore", "storage", "--to", host.folder.file("out")]] {
            let spoken = await Spoken.opsd(words + ["--config", host.configurationFile])
            #expect(spoken.status == 64 && spoken.output.isEmpty && spoken.errors.contains("--identity FILE"))
        }
    }

    @Test("a vault that shows less than --at-least demands is refused with 3", arguments: [(0, 5, 3), (1, 2, 3), (1, 1, 0)])
    func atLeast(published: Int, demanded: Int, status: Int32) async throws {
        let host = try await SampleHost.withVault()
        for number in 0..<published { try await host.publish(number + 1, tags: ["1"]) }
        let spoken = await host.opsd(
            "restore", "storage", "--to", host.folder.file("out"), "--at-least", "\(demanded)", "--identity", host.identityFile)
        #expect(spoken.status == status)
        #expect(spoken.errors.contains("at least \(demanded) is demanded") == (status == 3))
    }

    @Test("the plan is printed and nothing happens until --execute; the age of the snapshot is said first")
    func planThenExecute() async throws {
        let host = try await SampleHost.withVault()
        let id = try await host.publish(1, tags: ["1"])
        let out = host.folder.file("out")
        let plan = await host.opsd("restore", "storage", "--to", out, "--identity", host.identityFile)
        #expect(plan.status == 0)
        #expect(
            plan.output.hasPrefix(
                "plan: restore 1 artifacts in 1 repositories, 2 blobs\n  from snapshot \(id), recovery point 2026-01-01T00:01:00Z\n"))
        #expect(plan.output.hasSuffix("nothing was done; add --execute to do it\n"))
        #expect(plan.errors.contains("head: sequence 1 (snapshot \(id))") && plan.errors.contains("recovery point 2026-01-01T00:01:00Z, "))
        #expect(!FileManager.default.fileExists(atPath: out))
        let done = await host.opsd("restore", "storage", "--to", out, "--execute", "--identity", host.identityFile, onTerminal: true)
        #expect(done.status == 0 && done.output.contains("restored 2 blobs, 17 B\n"))
        #expect(done.errors.contains("\u{1B}[K"), "a person sees it move")
        let layer = Digest(of: SampleHost.layer).hex
        #expect(
            FileManager.default.contents(atPath: "\(out)/docker/registry/v2/blobs/sha256/\(layer.prefix(2))/\(layer)/data")
                == Data(SampleHost.layer))
    }

    @Test("a restore over the running registry is refused with 3")
    func live() async throws {
        let host = try await SampleHost.withVault()
        try await host.publish(1, tags: ["1"])
        let spoken = await host.opsd(
            "restore", "storage", "--to", host.folder.file("registry"), "--execute", "--identity", host.identityFile)
        #expect(spoken.status == 3 && spoken.errors.contains("running registry"))
    }

    @Test("a restore that cannot have all ends with 2 and names what is missing")
    func partial() async throws {
        let host = try await SampleHost.withVault()
        try await host.publish(1, tags: ["1"])
        let pack = try #require(try host.files().keys.first { $0.hasPrefix("vault/packs/") })
        try FileManager.default.removeItem(atPath: host.folder.file(pack))
        let spoken = await host.opsd("restore", "storage", "--to", host.folder.file("out"), "--execute", "--identity", host.identityFile)
        #expect(spoken.status == 2 && spoken.output.contains("MISSING \(Digest(of: SampleHost.layer)), needed by library/nginx@"))
    }

    @Test("a file set that no snapshot holds ends with 1")
    func noFiles() async throws {
        let host = try await SampleHost.withVault()
        try await host.publish(1, tags: ["1"])
        let spoken = await host.opsd(
            "restore", "files", "--set", "config", "--to", host.folder.file("out"), "--identity", host.identityFile)
        #expect(spoken.status == 1 && spoken.errors.contains("none is complete and holds what is asked for"))
    }
}
