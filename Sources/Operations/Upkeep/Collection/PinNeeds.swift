import HarborAPI
import HarborDatabase
import LocalIO
import OCIImage
import RegistryStorage
import Retention

/// Which candidates of a collection pinned images need, by their own manifests: rows that contradict a manifest do not hide it.
struct PinNeeds: Sendable {
    let client: HarborClient
    /// Nil where this host does not have it: then only manifests themselves are compared.
    let storage: RegistryStorage?

    /// Follows each pin to its manifest, its children and what they refer to, and returns those that are among the candidates.
    func candidates(among plan: CollectionPlan, of pins: PinSet) async throws -> [CollectionPlan.PinnedCandidate] {
        let candidates = Set(plan.candidates.map(\.digest)).union(plan.untagged.map(\.digest))
        guard !candidates.isEmpty, !pins.pins.isEmpty else { return [] }
        let manifests = try await manifests(of: pins)
        return try await onBlockingThread {
            var needs: [Digest: Set<Digest>] = [:]
            var found: [CollectionPlan.PinnedCandidate] = []
            for (pin, manifest) in manifests {
                let all = try needs[manifest] ?? contents(of: manifest, for: pin)
                needs[manifest] = all
                for digest in all.intersection(candidates).sorted() {
                    found.append(CollectionPlan.PinnedCandidate(pin: "\(pin.reference) (\(pin.source))", digest: digest))
                }
            }
            return found
        }
    }

    /// The manifest that each pin stands for. An image that nobody has needs nothing; one that a policy denies is asked for by other means.
    private func manifests(of pins: PinSet) async throws -> [(pin: PinSet.Pin, manifest: Digest)] {
        let answers = try await PinCheck(client: client).check(pins)
        var manifests: [(pin: PinSet.Pin, manifest: Digest)] = []
        for (pin, digest) in answers.present {
            if let digest { manifests.append((pin, digest)) } else { try await resolve(pin, &manifests) }
        }
        for (pin, _) in answers.denied { try await resolve(pin, &manifests) }
        // What is deleted already may still be in the storage, and a pin by digest says what it was.
        manifests += answers.absent.compactMap { pin in pin.reference.digest.map { (pin, $0) } }
        return manifests
    }

    private func resolve(_ pin: PinSet.Pin, _ manifests: inout [(pin: PinSet.Pin, manifest: Digest)]) async throws {
        if let digest = pin.reference.digest {
            manifests.append((pin, digest))
        } else if let artifact = try await client.artifact(pin.reference.repository, pin.reference.wanted) {
            manifests.append((pin, artifact.digest))
        }
    }

    /// The manifest with all that it refers to. One that is missing stands for itself alone; one that cannot be read or understood may need
    /// anything, so that throws.
    private func contents(of manifest: Digest, for pin: PinSet.Pin) throws -> Set<Digest> {
        var all: Set<Digest> = [manifest]
        var open = [manifest]
        while let digest = open.popLast() {
            guard let storage, let document = try Self.document(digest, storage, for: pin) else { continue }
            for reference in document.references where !reference.isForeign && reference.kind != .subject {
                if all.insert(reference.digest).inserted, reference.kind == .child { open.append(reference.digest) }
            }
        }
        return all
    }

    /// Nil where the storage does not have it: a manifest that is missing is the backup's finding.
    private static func document(_ digest: Digest, _ storage: RegistryStorage, for pin: PinSet.Pin) throws -> ManifestDocument? {
        do {
            return try read(digest, storage)
        } catch {
            if let error = error as? RegistryStorageError, error.code == .missing { return nil }
            throw UpkeepError(
                .failed, "what the pinned image \(pin.reference) needs cannot be told: its manifest \(digest) cannot be read",
                remedy: "push the image again or restore its manifest, or take it off its list of pins", cause: error)
        }
    }

    private static func read(_ digest: Digest, _ storage: RegistryStorage) throws -> ManifestDocument {
        let file = try storage.open(digest)
        var bytes: [UInt8] = []
        var piece: [UInt8] = []
        repeat {
            try file.read(into: &piece)
            bytes += piece
        } while !piece.isEmpty && bytes.count <= ManifestDocument.sizeLimit
        return try ManifestDocument(parsing: bytes, mediaType: nil)
    }
}
