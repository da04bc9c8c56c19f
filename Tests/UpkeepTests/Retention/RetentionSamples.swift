import Foundation
import HarborAPI
import HarborDatabase
import JobEngine
import LabServers
import OCIImage
import Retention
import Synchronization
import SystemPackage

@testable import Upkeep

/// Artifacts and plans of a registry that nobody runs.
enum Samples {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static func digest(_ number: Int64) throws -> Digest {
        try Digest(parsing: "sha256:" + String(repeating: "0", count: 56) + String(format: "%08x", number))
    }

    /// An image pushed as many days ago as its number says.
    static func artifact(
        _ id: Int64, tags: [String], parents: [Int64] = [], subject: Int64? = nil, age: Double? = nil
    ) throws -> StoredArtifact {
        let pushed = now.addingTimeInterval(-86_400 * (age ?? Double(id)))
        return StoredArtifact(
            id: id, digest: try digest(id), type: "IMAGE", manifestMediaType: MediaType.ociManifest, size: 100 * id, pushed: pushed,
            pulled: nil,
            tags: try tags.map { StoredTag(name: try TagName(parsing: $0), pushed: pushed, pulled: nil) }, labels: [], parents: parents,
            subject: try subject.map { StoredArtifact.Subject(id: $0, digest: try digest($0), type: "signature.cosign") })
    }

    static func repository(_ name: String, _ artifacts: [StoredArtifact]) throws -> StoredRepository {
        StoredRepository(
            id: 7, name: try RepositoryName(parsing: name), projectID: 1, project: String(name.prefix { $0 != "/" }), artifacts: artifacts)
    }

    static func repository(_ artifacts: [StoredArtifact]) throws -> StoredRepository { try repository("library/app", artifacts) }

    /// Keeps the newest `last` of all tags that begin with `build-`; other tags are in no class.
    static func settings(last: Int? = 1, caps: RetentionSettings.Caps = RetentionSettings.Caps(share: 1)) throws -> RetentionSettings {
        let members = RetentionClass.Members.tags([try DoublestarPattern(parsing: "build-*")], except: [])
        return RetentionSettings(
            mode: .enforce(from: nil), classes: [RetentionClass(name: "builds", members: members, keep: .init(last: last))],
            rollbackReleases: 0, keepsSignedReleases: false, caps: caps, deletionsPerMinute: 600)
    }

    static func fingerprint(_ settings: RetentionSettings) -> RetentionFingerprint {
        RetentionFingerprint(settings: settings, pins: nil, policies: [], immutableRules: [])
    }

    /// Writes the plan that `settings` come to.
    static func plan(_ repositories: [StoredRepository], _ settings: RetentionSettings, in folder: FilePath, at time: Date = now) throws
        -> StoredPlan
    {
        let fingerprint = fingerprint(settings)
        let writer = try PlanWriter(in: folder, fingerprint)
        var planner = RetentionPlanner(settings, now: time)
        for repository in repositories { try writer.append(repository, planner.judge(repository)) }
        let freed = FreedBytes(blobs: 3, bytes: 300)
        let path = try writer.finish(planner.summary(), (freed, [try RepositoryName(parsing: "library/app"): freed])) { hash in
            PlanHeader(hash: hash, created: time, snapshot: time, fingerprint: fingerprint, pins: nil, holds: [])
        }
        return try StoredPlan(reading: path)
    }
}

/// A clock whose sleepers wake at once; it notes how long they wanted to sleep.
final class QuickClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let state = Mutex<(now: Duration, pauses: [Duration])>((.zero, []))

    var now: Instant { Instant(offset: state.withLock { $0.now }) }
    var minimumResolution: Duration { .zero }
    var pauses: [Duration] { state.withLock { $0.pauses } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.pauses.append(deadline.offset - state.now)
            state.now = max(state.now, deadline.offset)
        }
    }
}
