import AgeEncryption
import Foundation
import LabServers
import OCIImage
import SSHSignature
import SystemPackage
import Testing
import Vault

@Suite(
    "a vault without opsd (skipped where age, ssh-keygen, sha256sum or tar is not installed)",
    .enabled(if: ["age", "ssh-keygen", "sha256sum", "tar"].allSatisfy { Program.find($0) != nil }))
struct OtherProgramsTests {
    private static let blobs: [[UInt8]] = {
        var random = SplitMix(seed: 91)
        return [0, 10, 70_000, 1 << 20].map { random.bytes($0) }
    }()

    private func makeVault() async throws -> (sample: SampleVault, vault: Vault, entry: SnapshotHistory.Entry) {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        try await SampleRun.publish(1, Array(Self.blobs.prefix(2)), in: vault)
        return (sample, vault, try await SampleRun.publish(2, Self.blobs, in: vault))
    }

    private func write(_ text: String, _ name: String, in sample: SampleVault) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: sample.folder.file(name)))
        return sample.folder.file(name)
    }

    @Test("sha256sum -c accepts every object list in the vault's folder, and names what was altered")
    func checksums() async throws {
        let (sample, _, entry) = try await makeVault()
        for number in 1...2 {
            let list = ObjectName.snapshot(try SampleRun.id(number), .objectList).path
            let output = try Program.succeed("sha256sum", ["--check", "--strict", list], folder: sample.root.string)
            #expect(String(decoding: output, as: UTF8.self).split(separator: "\n").count == 4)
        }
        let name = ObjectName.snapshot(entry.manifest.snapshot, .database)
        try sample.overwrite(name, with: [1, 2, 3])
        let list = ObjectName.snapshot(entry.manifest.snapshot, .objectList)
        let result = try Program.run("sha256sum", ["--check", list.path], folder: sample.root.string)
        #expect(result.status != 0 && result.output.contains("\(name): FAILED"))
        // The list itself is what the manifest says.
        let hash = String(decoding: try Program.succeed("sha256sum", [list.path], folder: sample.root.string), as: UTF8.self)
        #expect(hash.hasPrefix(entry.manifest.objectList.sha256))
    }

    @Test("ssh-keygen -Y verify accepts manifests and records, each in its namespace alone")
    func signatures() async throws {
        let (sample, vault, entry) = try await makeVault()
        let record = try await vault.write(
            .hold(snapshot: entry.manifest.snapshot, reason: "audit", until: .distantFuture), at: SampleVault.epoch)
        let signers = try write("writer \(sample.signingKey.publicKey.text)\n", "signers", in: sample)
        let id = entry.manifest.snapshot
        for (text, signature, namespace, other) in [
            (ObjectName.snapshot(id, .manifest), ObjectName.snapshot(id, .signature), "opsd-manifest@1", "opsd-record@1"),
            (.record(record.id), .record(record.id, signature: true), "opsd-record@1", "opsd-manifest@1"),
        ] {
            let verify = { (namespace: String, message: [UInt8]) in
                try Program.run(
                    "ssh-keygen", ["-Y", "verify", "-f", signers, "-I", "writer", "-n", namespace, "-s", sample.path(of: signature)],
                    input: message
                ).status
            }
            let message = try sample.bytes(of: text)
            #expect(try verify(namespace, message) == 0)
            #expect(try verify(other, message) != 0)
            #expect(try verify(namespace, message + [10]) != 0)
        }
    }

    @Test("age and tar unpack a pack into files named by digest, padded to 1 MiB, and tell nothing of the host")
    func packs() async throws {
        let (sample, vault, entry) = try await makeVault()
        let identity = try write(sample.identity.secretText + "\n", "identity", in: sample)
        let pack = try #require(try await vault.objects(of: entry.manifest).packs.first)
        let tar = try Program.succeed("age", ["--decrypt", "-i", identity, sample.path(of: .pack(pack))])
        #expect(tar.count > 0 && tar.count.isMultiple(of: 1 << 20))
        let listing = String(
            decoding: try Program.succeed("tar", ["-tv", "--numeric-owner", "--utc", "-f", "-"], input: tar), as: UTF8.self)
        let stored = Self.blobs.dropFirst(2)
        #expect(listing.split(separator: "\n").count == stored.count)
        for line in listing.split(separator: "\n") { #expect(line.hasPrefix("-rw------- 0/0") && line.contains("1970-01-01 00:00")) }
        for blob in stored {
            let name = PackWriter.memberName(of: Digest(of: blob))
            #expect(listing.contains(name))
            #expect(try Program.succeed("tar", ["-x", "-O", "-f", "-", name], input: tar) == blob)
        }
    }

    @Test("the recipients open everything; the catalog identity opens segments and needs, and nothing else")
    func identities() async throws {
        let (sample, vault, entry) = try await makeVault()
        let identity = try write(sample.identity.secretText + "\n", "identity", in: sample)
        let catalog = try write(sample.catalogIdentity.secretText + "\n", "catalog", in: sample)
        for object in try await vault.objects(of: entry.manifest).list.objects {
            let opens = { (identity: String) in
                try Program.run("age", ["--decrypt", "-i", identity, sample.path(of: object.name)]).status == 0
            }
            let isIndex = object.name.folder == .index || object.name == .snapshot(entry.manifest.snapshot, .needs)
            #expect(try opens(identity), "\(object.name)")
            #expect(try opens(catalog) == isIndex, "\(object.name)")
        }
        let segment = try Program.succeed("age", ["--decrypt", "-i", catalog, sample.path(of: .index(entry.manifest.run))])
        var parser = IndexSegmentParser()
        #expect(try parser.parse(segment).count == 1)
    }

    @Test("neither a name nor a plain file tells a digest")
    func nothingLeaks() async throws {
        let (sample, _, _) = try await makeVault()
        let names = try FileManager.default.subpathsOfDirectory(atPath: sample.root.string)
        var plain = ""
        for name in names where !name.hasSuffix(".age") {
            // A folder has no bytes.
            plain += String(
                decoding: (try? Data(contentsOf: URL(fileURLWithPath: sample.root.string + "/" + name))) ?? Data(), as: UTF8.self)
        }
        #expect(plain.contains("opsd-vault") && plain.contains("opsd-manifest"))
        for blob in Self.blobs {
            let hex = Digest(of: blob).hex
            #expect(!names.contains { $0.contains(hex.prefix(12)) })
            #expect(!plain.contains(hex) && !plain.contains(hex.prefix(12)))
        }
        let again = try await makeVault().sample
        let packs = { (names: [String]) in Set(names.filter { $0.hasSuffix(".tar.age") }) }
        let others = try FileManager.default.subpathsOfDirectory(atPath: again.root.string)
        #expect(packs(names).count == 2 && packs(names).isDisjoint(with: packs(others)))
    }
}
