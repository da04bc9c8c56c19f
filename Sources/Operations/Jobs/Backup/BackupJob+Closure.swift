import Foundation
import HarborDatabase
import JobEngine
import OCIImage
import Vault

extension BackupJob {
    /// What production had lost already, and what we failed to save.
    struct Breakage: Sendable {
        /// With the images that each blob makes unusable.
        var broken: [(blob: BrokenBlob, images: [AffectedImage], acknowledged: Acknowledgements.Entry?)] = []
        var unreadable = 0

        var unacknowledged: Int { broken.count { $0.acknowledged == nil } }
    }

    /// Whether all that the dump names is in sound packs.
    struct ClosureProof: Sendable {
        /// Packs that hold what is needed.
        let packs: Set<RandomID>
        /// Needed, neither stored nor known to be broken at source.
        let unsaved: [Digest]

        var isComplete: Bool { unsaved.isEmpty }
    }

    /// Asks the database again for what could not be read: what was deleted meanwhile is fine, the rest is broken at source.
    func judge(_ stored: StoredBlobs, _ database: DatabasePart, _ recorder: RunRecorder) async throws -> Breakage {
        for broken in stored.unreferencedBroken {
            recorder.note(
                Finding(
                    .remark, "unreferenced_\(broken.reason.rawValue)",
                    "\(broken.digest) has a row but no image, and is \(broken.reason.words)"))
        }
        for (digest, problem) in stored.unreadable {
            recorder.note(Finding(.warning, "unreadable_blob", "\(digest) is there and could not be read, so it is not saved: \(problem)"))
        }
        guard !stored.broken.isEmpty else { return Breakage(broken: [], unreadable: stored.unreadable.count) }
        let (needed, affected) = try await withHarbor { harbor in
            let needed = try await harbor.stillNeeded(stored.broken.map(\.digest))
            return (needed, try await harbor.imagesAffected(by: needed.sorted()))
        }
        var breakage = Breakage(broken: [], unreadable: stored.unreadable.count)
        for blob in stored.broken.sorted(by: { $0.digest < $1.digest }) where needed.contains(blob.digest) {
            let images = affected.filter { $0.digests.contains(blob.digest) }
            let entry = acknowledgements.entry(for: blob.digest, at: clock.now)
            breakage.broken.append((blob, images, entry))
            recorder.note(finding(blob, images, entry))
        }
        return breakage
    }

    private func finding(_ blob: BrokenBlob, _ images: [AffectedImage], _ entry: Acknowledgements.Entry?) -> Finding {
        let names = images.map(\.name)
        let list =
            names.isEmpty
            ? "no image" : names.prefix(20).joined(separator: ", ") + (names.count > 20 ? " and \(names.count - 20) more" : "")
        let text = "\(blob.digest) is \(blob.reason.words) in the registry's storage, so it cannot be saved; affected: \(list)"
        guard let entry else {
            return Finding(
                .warning, "broken_at_source_\(blob.reason.rawValue)",
                "\(text). Hint: push the image again, or run 'opsd acknowledge \(blob.digest) --until DATE --reason TEXT'")
        }
        return Finding(
            .remark, "broken_at_source_\(blob.reason.rawValue)",
            "\(text); acknowledged until \(entry.until.formatted(.iso8601)): \(entry.reason)")
    }

    /// Proves that every needed blob is in a sound pack or listed as broken, by looking each new one up again.
    func proveClosure(
        _ stored: StoredBlobs, _ database: DatabasePart, _ listing: PackListing, _ recorder: RunRecorder
    ) async throws -> ClosureProof {
        let sound = try await soundPacks()
        let vanished = listing.sound.subtracting(sound).intersection(database.needs.difference.packs)
        guard vanished.isEmpty else {
            throw JobError(
                .failed, "\(vanished.count) packs that this snapshot needs vanished from \(vault.target.location) during the run",
                remedy: "find out who deletes from the vault, then run the backup again: what is missing is stored anew")
        }
        let required = database.needs.difference.missing.filter { $0.role != .unreferenced }.map(\.digest)
        let extra = Set(stored.references.values.joined().filter { !$0.isForeign && $0.kind != .subject }.map(\.digest))
        let optional = database.needs.difference.missing.filter { $0.role == .unreferenced }.map(\.digest)
        let located = try await vault.catalog.locate(required + optional + extra, soundPacks: sound)
        let broken = Set(stored.broken.map(\.digest))
        let absent = Set(located.absent)
        try await noteGaps(stored, absent)
        try await reportGaps(recorder, sound)
        return ClosureProof(
            packs: database.needs.difference.packs.union(located.packs.map(\.id)),
            unsaved: required.filter { absent.contains($0) && !broken.contains($0) })
    }

    /// Manifests are immutable, so what one refers to is checked once, when it is stored; gaps are remembered for later runs.
    private func noteGaps(_ stored: StoredBlobs, _ absent: Set<Digest>) async throws {
        for (manifest, references) in stored.references {
            let missing = references.filter { !$0.isForeign && ($0.kind == .config || $0.kind == .layer) && absent.contains($0.digest) }
            if !missing.isEmpty { try await vault.catalog.setGaps(of: manifest, missing.map(\.digest)) }
        }
    }

    /// A manifest may name a config or layer that no row and no file has: Harbor's rows then look whole, and the image cannot be pulled.
    private func reportGaps(_ recorder: RunRecorder, _ sound: Set<RandomID>) async throws {
        let gaps = try await vault.catalog.gaps()
        guard !gaps.isEmpty else { return }
        let needed = try await withHarbor { try await $0.stillNeeded(Array(gaps.keys)) }
        let absent = Set(try await vault.catalog.locate(Array(Set(gaps.values.joined())), soundPacks: sound).absent)
        for (manifest, missing) in gaps.sorted(by: { $0.key < $1.key }) where needed.contains(manifest) {
            for digest in missing where absent.contains(digest) {
                let accepted = acknowledgements.entry(for: digest, at: clock.now) != nil
                recorder.note(
                    Finding(
                        accepted ? .remark : .warning, "reference_missing",
                        "manifest \(manifest) names \(digest), which neither a row nor the registry's storage has: its images cannot be pulled"
                    ))
            }
        }
    }
}

extension BrokenBlob.Reason {
    /// For sentences: "is ...".
    package var words: String {
        switch self {
        case .missing: "missing"
        case .rotten: "rotten (its bytes have another hash)"
        case .zeroLength: "an empty file"
        }
    }
}

extension AffectedImage {
    /// `repository:tag` where it has a tag, else `repository@digest`.
    var name: String { tags.first.map { "\(repository):\($0)" } ?? "\(repository)@\(digest)" }
}
