import Foundation
import LabServers
import Testing
import Vault

@Suite("the JSON of the format")
struct JSONFormatTests {
    let vault: RandomID
    let snapshot: SnapshotID
    let hash = String(repeating: "0f", count: 32)
    let time = Date(timeIntervalSince1970: 1_767_233_700)

    init() throws {
        vault = try #require(RandomID(parsing: "3fa85f64a7b84c2e9d0e1f2a3b4c5d6e"))
        snapshot = try #require(SnapshotID(parsing: "20260101T021500Z-0a1b2c3d"))
    }

    private func manifest() throws -> SnapshotManifest {
        var draft = SnapshotDraft(
            id: snapshot, scope: .full, recoveryPoint: time, isComplete: true,
            versions: SnapshotManifest.Versions(opsd: "0.1", harbor: "2.11", harborSchema: 150, postgresql: "15.4", databaseFormat: 1))
        draft.database = SnapshotManifest.Database(
            name: "registry", encoding: "UTF8", collate: "C", ctype: "C", systemIdentifier: "7300000000000000000")
        draft.excluded = ["scan"]
        draft.fileSets = ["config"]
        draft.companions = [SnapshotManifest.Companion(vault: vault, snapshot: snapshot)]
        return SnapshotManifest(
            vault: vault, draft: draft, signer: "ssh-ed25519 AAAA", sequence: 2,
            previous: SnapshotManifest.Predecessor(snapshot: snapshot, sha256: hash), created: time,
            objectList: SnapshotManifest.ObjectListReference(sha256: hash, size: 1, objects: 2, bytes: 3), counts: draft.counts)
    }

    private func keys(_ object: Any?) -> Set<String> { Set((object as? [String: Any])?.keys.map { $0 } ?? []) }

    @Test("a manifest has exactly the keys of the format, in snake case")
    func manifestKeys() throws {
        let bytes = try FormatJSON.encode(try manifest())
        let json = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(
            keys(json) == [
                "format", "version", "vault", "snapshot", "run", "scope", "signer", "sequence", "previous", "created", "recovery_point",
                "complete", "object_list", "counts", "versions", "database", "excluded", "file_sets", "companions",
            ])
        #expect(keys(json["previous"]) == ["snapshot", "sha256"])
        #expect(keys(json["object_list"]) == ["sha256", "size", "objects", "bytes"])
        #expect(
            keys(json["counts"]) == [
                "artifacts", "blobs", "blob_bytes", "packs_needed", "packs_written", "packs_adopted", "broken_at_source", "unacknowledged",
                "tables", "rows", "absent_children",
            ])
        #expect(keys(json["versions"]) == ["opsd", "harbor", "harbor_schema", "postgresql", "database_format"])
        #expect(keys(json["database"]) == ["name", "encoding", "collate", "ctype", "system_identifier"])
        #expect(keys((json["companions"] as? [Any])?.first) == ["vault", "snapshot"])
        #expect(json["format"] as? String == "opsd-manifest")
        #expect(json["version"] as? Int == 1)
        #expect(json["scope"] as? String == "full")
        #expect(json["created"] as? String == "2026-01-01T02:15:00Z")
        #expect(json["recovery_point"] as? String == "2026-01-01T02:15:00Z")
        #expect(json["excluded"] as? [String] == ["scan"])
        #expect(bytes.last == UInt8(ascii: "\n"))
    }

    @Test("what the format page says of a manifest is what is written")
    func page() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let page = try String(contentsOf: root.appendingPathComponent("Sources/Vault/Vault/Vault.docc/Format.md"), encoding: .utf8)
        let section = try #require(page.components(separatedBy: "## 9. Manifest").last?.components(separatedBy: "## 10.").first)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(try FormatJSON.encode(try manifest()))) as? [String: Any])
        var written = keys(json)
        for inner in ["previous", "object_list", "counts", "versions", "database"] { written.formUnion(keys(json[inner])) }
        for key in written { #expect(section.contains("\"\(key)\""), "the page does not name \(key)") }
        let named = section.components(separatedBy: "```")[1].matches(of: /"([a-z_0-9]+)"(?!\s*\|)/).map { String($0.1) }
        let values: Set = ["full", "database", "files", "scan", "config"]
        for key in named where !values.contains(key) { #expect(written.contains(key), "nothing writes \(key)") }
    }

    @Test("a manifest is read back as it was, without the first predecessor, and with keys that nobody knows yet")
    func manifestRoundTrip() throws {
        var manifest = try manifest()
        #expect(try FormatJSON.decode(SnapshotManifest.self, from: FormatJSON.encode(manifest), what: "it") == manifest)
        manifest.previous = nil
        manifest.database = nil
        let bytes = try FormatJSON.encode(manifest)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("previous"))
        var json = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        json["of_tomorrow"] = ["x": 1]
        let extended = Array(try JSONSerialization.data(withJSONObject: json))
        #expect(try FormatJSON.decode(SnapshotManifest.self, from: extended, what: "it") == manifest)
    }

    @Test("a record is exactly the format's text")
    func recordText() throws {
        let record = VaultRecord(
            vault: vault, id: vault, created: time, signer: "ssh-ed25519 AAAA",
            body: .expiry(snapshots: [snapshot], packs: [vault], notBefore: time))
        let text = """
            {
              "body" : {
                "not_before" : "2026-01-01T02:15:00Z",
                "packs" : [
                  "3fa85f64a7b84c2e9d0e1f2a3b4c5d6e"
                ],
                "snapshots" : [
                  "20260101T021500Z-0a1b2c3d"
                ]
              },
              "created" : "2026-01-01T02:15:00Z",
              "format" : "opsd-record",
              "id" : "3fa85f64a7b84c2e9d0e1f2a3b4c5d6e",
              "kind" : "expiry",
              "signer" : "ssh-ed25519 AAAA",
              "vault" : "3fa85f64a7b84c2e9d0e1f2a3b4c5d6e",
              "version" : 1
            }

            """
        #expect(String(decoding: try FormatJSON.encode(record), as: UTF8.self) == text)
    }

    @Test("records of every kind are read back, and a kind of tomorrow keeps its name")
    func records() throws {
        let bodies: [VaultRecord.Body] = [
            .expiry(snapshots: [snapshot], packs: [vault, RandomID()], notBefore: time), .expiry(snapshots: [], packs: [], notBefore: time),
            .hold(snapshot: snapshot, reason: "audit \"2026\"\n", until: time), .other(kind: "drill"), .other(kind: "prune_plan"),
        ]
        for body in bodies {
            let record = VaultRecord(vault: vault, created: time, signer: "ssh-ed25519 AAAA", body: body)
            #expect(try FormatJSON.decode(VaultRecord.self, from: FormatJSON.encode(record), what: "it") == record)
        }
    }

    @Test(
        "a record with one thing wrong is malformed",
        arguments: [
            ("\"opsd-record\"", "\"opsd-manifest\""), ("\"version\" : 1", "\"version\" : 2"),
            ("\"kind\" : \"hold\"", "\"kind\" : \"expiry\""),
            ("2026-01-01T02:15:00Z", "yesterday"), ("20260101T021500Z-0a1b2c3d", "../../vault"), ("\"reason\"", "\"Reason\""), ("}", ""),
        ])
    func malformedRecords(_ original: String, _ replacement: String) throws {
        let record = VaultRecord(
            vault: vault, created: time, signer: "s", body: .hold(snapshot: snapshot, reason: "r", until: time))
        let text = String(decoding: try FormatJSON.encode(record), as: UTF8.self)
        let altered = text.replacingOccurrences(of: original, with: replacement)
        #expect(altered != text)
        #expect(failure { _ = try FormatJSON.decode(VaultRecord.self, from: Array(altered.utf8), what: "it") }.code == .malformed)
    }

    @Test("random damage never ends in anything but malformed")
    func mutations() throws {
        var random = SplitMix(seed: 13)
        let record = VaultRecord(
            vault: vault, created: time, signer: "s", body: .expiry(snapshots: [snapshot], packs: [vault], notBefore: time))
        let texts = [
            try FormatJSON.encode(try manifest()), try FormatJSON.encode(record),
            try FormatJSON.encode(VaultDescription(id: vault, created: time, recipients: ["age1x"], signers: ["ssh-ed25519 A"])),
        ]
        for text in texts {
            for _ in 0..<1000 {
                let altered = random.altered(text)
                for answer in [
                    failure { _ = try FormatJSON.decode(SnapshotManifest.self, from: altered, what: "it") },
                    failure { _ = try FormatJSON.decode(VaultRecord.self, from: altered, what: "it") },
                    failure { _ = try FormatJSON.decode(VaultDescription.self, from: altered, what: "it") },
                ] {
                    #expect(answer.code == .malformed || answer.problem.isEmpty)
                }
            }
        }
    }

    @Test("another version is refused before its shape is looked at")
    func versions() {
        let answer = failure {
            try FormatJSON.require("opsd-vault", version: 1, in: Array(#"{"format": "opsd-vault", "version": 2}"#.utf8), what: "vault.json")
        }
        #expect(answer.code == .malformed)
        #expect(answer.problem.contains("version 2") && answer.remedy.contains("newer"))
        #expect(
            failure { try FormatJSON.require("opsd-vault", version: 1, in: Array(#"{"format": "x", "version": 1}"#.utf8), what: "y") }.code
                == .malformed)
    }
}
