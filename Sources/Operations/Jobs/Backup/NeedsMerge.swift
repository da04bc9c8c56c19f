import HarborDatabase
import LocalIO
import OCIImage
import Synchronization
import Vault

/// Compares what the database needs with what the vault holds: two sorted streams merged, neither of them held in memory.
struct NeedsMerge: Sendable {
    let harbor: HarborDatabase
    let catalog: Catalog
    let soundPacks: Set<RandomID>
    /// Gets a line for each needed blob that no artifact names; a restore needs its bytes too, since Harbor's row promises them.
    let inventory: InventorySpool

    /// Numbers of needed rows, by the way.
    struct Result: Sendable {
        var difference: NeedsDifference<PendingBlob>
        var needed: Int
        var summary: NeedsSummary
    }

    /// Streams needed digests out of the snapshot while another thread walks the catalog.
    func run() async throws -> Result {
        let handoff = Handoff<[PendingBlob]>(capacity: 8)
        return try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask(executorPreference: BlockingThreads.shared) { .compared(try compare(handoff)) }
            group.addTask { .read(try await read(handoff)) }
            var difference: NeedsDifference<PendingBlob>?
            var rows: (needed: Int, summary: NeedsSummary)?
            for try await part in group {
                switch part {
                case .compared(let compared): difference = compared
                case .read(let read): rows = read
                }
            }
            guard let difference, let rows else { throw CancellationError() }
            return Result(difference: difference, needed: rows.needed, summary: rows.summary)
        }
    }

    private enum Part: Sendable {
        case compared(NeedsDifference<PendingBlob>)
        case read((needed: Int, summary: NeedsSummary))
    }

    private func compare(_ handoff: Handoff<[PendingBlob]>) throws -> NeedsDifference<PendingBlob> {
        defer { handoff.close() }
        return try catalog.difference(soundPacks: soundPacks, digest: { (blob: PendingBlob) in blob.digest }, next: { try handoff.take() })
    }

    private func read(_ handoff: Handoff<[PendingBlob]>) async throws -> (needed: Int, summary: NeedsSummary) {
        let batch = BlobBatch(handoff)
        let inventory = inventory
        do {
            let summary = try await harbor.neededBlobs { blob in
                guard !blob.isForeign else { return }
                if blob.role == .unreferenced {
                    try inventory.append(line: Array("{\"kind\":\"blob\",\"digest\":\"\(blob.digest)\"}".utf8))
                }
                try batch.append(PendingBlob(digest: blob.digest, role: PendingBlob.Role(blob.role)))
            }
            try batch.flush()
            handoff.finish()
            return (batch.total, summary)
        } catch {
            // The catalog's side hears it as its own end. Where that side failed first, its error is the one that is thrown: it ended earlier.
            handoff.finish(throwing: error)
            throw error
        }
    }
}

extension PendingBlob.Role {
    init(_ role: NeededBlob.Role) {
        switch role {
        case .manifest: self = .manifest
        case .layer: self = .layer
        case .unreferenced: self = .unreferenced
        }
    }
}

/// Collects rows into batches, since handing over each alone would cost more than reading it.
private final class BlobBatch: Sendable {
    private static let size = 4096
    private let handoff: Handoff<[PendingBlob]>
    private let state = Mutex<(batch: [PendingBlob], total: Int)>(([], 0))

    init(_ handoff: Handoff<[PendingBlob]>) { self.handoff = handoff }

    var total: Int { state.withLock { $0.total } }

    func append(_ blob: PendingBlob) throws {
        let full = state.withLock { state -> [PendingBlob]? in
            state.batch.append(blob)
            state.total += 1
            guard state.batch.count >= Self.size else { return nil }
            defer { state.batch = [] }
            return state.batch
        }
        if let full { try put(full) }
    }

    func flush() throws {
        let rest = state.withLock { state in
            defer { state.batch = [] }
            return state.batch
        }
        if !rest.isEmpty { try put(rest) }
    }

    private func put(_ batch: [PendingBlob]) throws {
        guard handoff.put(batch) else { throw CancellationError() }
    }
}
