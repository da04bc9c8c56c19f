import Archive
import Foundation
import OCIImage
import SystemPackage
import Vault

/// What a backup run would have found: two images that share a layer, a blob without an image, and a layer that production had lost.
struct SampleSnapshot {
    let id: SnapshotID
    let base = Array("a base layer".utf8)
    let layer = [UInt8](repeating: 0x5A, count: 200_000)
    let config = Array("{\"os\": \"linux\"}".utf8)
    let firstManifest = Array("the manifest of library/nginx".utf8)
    let secondManifest = Array("the manifest of team/deep/tool".utf8)
    let unreferenced = Array("a blob of no image".utf8)
    let empty: [UInt8] = []
    let lost = Digest(of: Array("production lost this".utf8))

    init(_ number: Int = 1) throws {
        guard let id = SnapshotID(parsing: String(format: "20260101T0000%02dZ-0000000%d", number, number)) else {
            throw JobsTestError.notAnID
        }
        self.id = id
    }

    /// Everything that is in a pack.
    var blobs: [[UInt8]] { [base, layer, config, firstManifest, secondManifest, unreferenced, empty] }

    /// The inventory's lines in their order, without line ends.
    var inventory: [String] {
        [
            #"{"kind":"inventory","version":1,"snapshot":"\#(id)"}"#,
            #"{"kind":"project","name":"library","deleted":false}"#,
            artifact(
                "library/nginx", firstManifest, tags: ["1.27", "latest"], blobs: [Digest(of: base), Digest(of: layer), Digest(of: config)]),
            artifact("team/deep/tool", secondManifest, tags: [], blobs: [Digest(of: base), Digest(of: empty), lost]),
            #"{"kind":"a kind of tomorrow","digest":7}"#,
            #"{"kind":"blob","digest":"\#(Digest(of: unreferenced))"}"#,
            #"{"kind":"broken","digest":"\#(lost)","reason":"missing","images":["team/deep/tool@\#(Digest(of: secondManifest))"]}"#,
            #"{"kind":"end","artifacts":2,"projects":1,"broken":1}"#,
        ]
    }

    private func artifact(_ repository: String, _ manifest: [UInt8], tags: [String], blobs: [Digest]) -> String {
        let digest = Digest(of: manifest)
        let list = ([digest] + blobs).sorted().map { "\"\($0)\"" }.joined(separator: ",")
        let names = tags.map { "\"\($0)\"" }.joined(separator: ",")
        return #"{"kind":"artifact","repository":"\#(repository)","digest":"\#(digest)","type":"IMAGE","media_type":"m","#
            + #""manifest_media_type":"n","size":1,"push_time":null,"tags":[\#(names)],"children":[],"accessories":[],"subject":null,"blobs":[\#(list)]}"#
    }

    /// Publishes it in the order of a real run, with `packs` of blobs. Answers the packs in the same order.
    @discardableResult
    func publish(
        in vault: Vault, packs: [[[UInt8]]]? = nil, inventory: [String]? = nil, rows: Int = 1
    ) async throws -> [RandomID] {
        var stored: [PackContents] = []
        for blobs in packs ?? [blobs] { stored.append(try await pack(blobs, in: vault)) }
        try await vault.catalog.add(stored, state: .unpublished)
        let database = try await SealedUpload.put(
            try Self.databaseArchive(rows: rows), as: .snapshot(id, .database), on: vault.target, to: vault.dataRecipients)
        let text = (inventory ?? self.inventory).map { $0 + "\n" }.joined()
        let lines = try await SealedUpload.put(Array(text.utf8), as: .snapshot(id, .inventory), on: vault.target, to: vault.dataRecipients)
        var draft = SnapshotDraft(
            id: id, scope: .database, recoveryPoint: SampleVault.epoch, isComplete: true, versions: SnapshotManifest.Versions(opsd: "test"))
        draft.counts.brokenAtSource = 1
        let ids = stored.map(\.id)
        _ = try await vault.publish(
            draft, SnapshotContents(objects: [database, lines], stored: ids, needs: Set(ids)), at: SampleVault.epoch)
        return ids
    }

    private func pack(_ blobs: [[UInt8]], in vault: Vault) async throws -> PackContents {
        let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
        do {
            for blob in blobs { try await writer.add(Digest(of: blob), verified: blob) }
            return try await writer.finish()
        } catch {
            await writer.abandon()
            throw error
        }
    }

    /// The archive of a database with one table and one row, whose only column is an empty text. `counts.json` says `rows`.
    private static func databaseArchive(rows: Int) throws -> [UInt8] {
        // XXH64 of nothing with seed 0, as its specification gives it.
        let checksum = "0000000000000000ef46db3751d8e999"
        let counts = """
            {"formatVersion": 1, "rows": \(rows), "bytes": 1, "remarks": [], "tables": [{"number": 1, "schema": "public", "name": "t",
            "rows": \(rows), "bytes": 1, "parts": 1, "checksum": "\(checksum)", "dataExcluded": false}]}
            """
        let members = [
            ("tables.json", "{}"), ("schema-pre.sql", "CREATE TABLE public.t (c text);\n"), ("data/1.1.copy", "\n"), ("sequences.sql", ""),
            ("schema-post.sql", ""), ("load.sql", ""), ("counts.json", counts),
        ]
        let tar = try ArchiveWriter(compression: .zstd(level: 3, threads: 1))
        for (name, text) in members {
            try tar.add(
                ArchiveEntry(path: name, kind: .file(size: Int64(text.utf8.count)), permissions: [.ownerReadWrite]),
                contents: Array(text.utf8))
        }
        try tar.finish()
        return tar.takeOutput()
    }
}

/// What a test could not set up.
enum JobsTestError: Error {
    case notAnID
}
