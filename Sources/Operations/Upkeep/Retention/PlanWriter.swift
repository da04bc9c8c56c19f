import Foundation
import HarborDatabase
import LocalIO
import OCIImage
import Retention
import Synchronization
import SystemPackage

/// Writes a plan while the repositories stream by. In memory are the rows of what goes and a few numbers for each repository.
///
/// The artifacts' lines go to a spool, since sums and hash stand before them; ``finish(_:_:)`` joins all into the plan, whole and durable.
final class PlanWriter: Sendable {
    private final class Output {
        var file: DurableFile?
        var pending: [UInt8] = []
        var spans: [(repository: PlanRepository, bytes: Int64)] = []
        var removed: [Int64] = []
        var hasher = DigestHasher(.sha256)

        init(_ path: FilePath) throws { file = try DurableFile(path) }

        func add(_ line: [UInt8]) throws {
            pending += line
            pending.append(UInt8(ascii: "\n"))
            if pending.count >= 1 << 20 { try flush() }
        }

        func flush() throws {
            try file?.write(pending)
            pending.removeAll(keepingCapacity: true)
        }
    }

    private let folder: FilePath
    private let spool: FilePath
    private let output: Mutex<Output>

    /// Begins a plan in `folder`, which exists.
    init(in folder: FilePath, _ fingerprint: RetentionFingerprint) throws {
        self.folder = folder
        spool = folder.appending(PlanArchive.spoolName())
        output = Mutex(try Output(spool))
        output.withLock { $0.hasher.update(StoredPlan.hashed(fingerprint.settings, fingerprint.policies)) }
    }

    /// Takes a repository with what becomes of its artifacts. One that the job does not look at is left out.
    func append(_ repository: StoredRepository, _ verdict: RepositoryVerdict) throws {
        let isWatched = verdict.decisions.contains { decision in
            if case .keeps(.projectNotWatched) = decision { false } else { true }
        }
        guard isWatched else { return }
        try output.withLock { output in
            var sums = PlanRepository(repository.name)
            var bytes: Int64 = 0
            for (artifact, decision) in zip(repository.artifacts, verdict.decisions) {
                let line: [UInt8]
                if let removal = PlannedRemoval(artifact, in: repository.name, decision) {
                    line = removal.line
                    output.hasher.update(line + [UInt8(ascii: "\n")])
                    if removal.extent == .artifact { output.removed.append(artifact.id) }
                    sums.removedTags += removal.tags.count
                } else {
                    line = Self.line(keeping: artifact, decision)
                }
                sums.artifacts += 1
                sums.tags += artifact.tags.count
                sums.removed += decision.isRemoval ? 1 : 0
                bytes += Int64(line.count) + 1
                try output.add(line)
            }
            sums.isEmptied = verdict.isEmptied
            output.spans.append((sums, bytes))
        }
    }

    private static func line(keeping artifact: StoredArtifact, _ decision: ArtifactDecision) -> [UInt8] {
        var line = PlanLine()
        line.add("stay", artifact.id)
        line.add("digest", artifact.digest.description)
        if !artifact.tags.isEmpty { line.add("tags", artifact.tags.map(\.name.description)) }
        if case .keeps(let reason) = decision {
            line.add("code", reason.code.rawValue)
            line.add("reason", "\(reason)")
        }
        return line.finish()
    }

    /// The rows of the artifacts that go, so far.
    var removed: [Int64] { output.withLock { $0.removed } }

    /// Writes the plan and returns where it is; `header` is told the hash. The spool goes in any case.
    func finish(
        _ summary: RetentionSummary, _ freed: (total: FreedBytes, byRepository: [RepositoryName: FreedBytes]),
        header: (String) -> PlanHeader
    ) throws -> FilePath {
        defer { try? DurableFile.remove(spool) }  // what stays is removed with the next plan
        let (spans, hash) = try output.withLock { output in
            try output.flush()
            try output.file.take()?.commit(syncing: false)
            return (output.spans, output.hasher.finish().hex)
        }
        let header = header(hash)
        let path = PlanArchive.planPath(hash, in: folder)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let end = UInt8(ascii: "\n")
        var file = try DurableFile(path)
        try file.write(Array(try encoder.encode(header)) + [end])
        let reader = try FileReader(spool)
        var offset: Int64 = 0
        var lines = 1
        var piece: [UInt8] = []
        for (sums, bytes) in spans {
            var sums = sums
            if let own = freed.byRepository[sums.repository] { (sums.freedBlobs, sums.freedBytes) = (own.blobs, own.bytes) }
            try file.write(Array(try encoder.encode(sums)) + [end])
            lines += 1 + sums.artifacts
            let stop = offset + bytes
            while offset < stop {
                try reader.read(into: &piece, at: offset, limit: Int(min(1 << 20, stop - offset)))
                guard !piece.isEmpty else {
                    throw UpkeepError(.failed, "the spool of the plan in \(folder) became shorter while it was read")
                }
                try file.write(piece)
                offset += Int64(piece.count)
            }
        }
        let last = StoredPlan.End(end: lines, totals: PlanTotals(summary, freed: freed.total))
        try file.write(Array(try encoder.encode(last)) + [end])
        try file.commit(replacing: true)
        return path
    }
}
