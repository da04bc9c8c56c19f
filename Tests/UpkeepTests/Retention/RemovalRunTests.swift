import Foundation
import HarborAPI
import HarborDatabase
import LabServers
import OCIImage
import Synchronization
import SystemPackage
import Testing

@testable import Upkeep

/// A registry with one artifact, whose answers are told beforehand.
private final class ScriptedRegistry: ArtifactRemoving {
    /// What a request meets.
    enum Event: Sendable {
        case succeeds
        case fails(HarborAPIError.Code)
        /// Done, and never told.
        case doneAndFails(HarborAPIError.Code)
    }

    private struct State {
        var artifact: APIArtifact?
        var looks: [HarborAPIError.Code]
        var deletions: [Event]
        var log: [String] = []
    }

    private let state: Mutex<State>

    init(_ artifact: APIArtifact?, looks: [HarborAPIError.Code] = [], deletions: [Event] = []) {
        state = Mutex(State(artifact: artifact, looks: looks, deletions: deletions))
    }

    var log: [String] { state.withLock { $0.log } }
    var isGone: Bool { state.withLock { $0.artifact == nil } }

    func artifact(_ repository: RepositoryName, _ reference: ArtifactReference) async throws -> APIArtifact? {
        try state.withLock { state in
            state.log.append("look")
            if !state.looks.isEmpty { throw Self.error(state.looks.removeFirst()) }
            return state.artifact
        }
    }

    func deleteArtifact(_ digest: Digest, in repository: RepositoryName) async throws { try delete { $0 = nil } }

    func deleteTag(_ tag: TagName, of digest: Digest, in repository: RepositoryName) async throws {
        try delete { artifact in artifact = artifact.map { known in known.with(tags: known.tags.filter { $0.name != tag }) } }
    }

    private func delete(_ work: (inout APIArtifact?) -> Void) throws {
        try state.withLock { state in
            state.log.append("delete")
            switch state.deletions.isEmpty ? .succeeds : state.deletions.removeFirst() {
            case .succeeds: work(&state.artifact)
            case .fails(let code): throw Self.error(code)
            case .doneAndFails(let code):
                work(&state.artifact)
                throw Self.error(code)
            }
        }
    }

    private static func error(_ code: HarborAPIError.Code) -> HarborAPIError { HarborAPIError(code, "no", remedy: "none") }
}

extension APIArtifact {
    fileprivate func with(tags: [APITag]) -> APIArtifact {
        APIArtifact(
            id: id, digest: digest, type: type, size: size, pushed: pushed, pulled: pulled, tags: tags, labels: labels,
            references: references,
            scan: scan)
    }
}

@Suite("Removing one artifact")
struct RemovalRunTests {
    private let folder: TemporaryFolder
    private let clock = QuickClock()

    init() throws { folder = try TemporaryFolder("opsd-removal") }

    private func journal() throws -> RemovalJournal {
        try RemovalJournal(FilePath(folder.file("journal")), plan: "aa", wallclock: StillWallClock(now: Samples.now))
    }

    private func removal(tag: String? = nil, of tags: [String] = ["build-1"]) throws -> Removal {
        let artifact = try Samples.artifact(3, tags: tags)
        let going = tag.map { [$0] } ?? tags
        let planned = PlannedRemoval(
            id: 3, repository: try RepositoryName(parsing: "library/app"), digest: artifact.digest, extent: tag == nil ? .artifact : .tags,
            tags: try going.map { PlannedRemoval.Tag(name: try TagName(parsing: $0), pushed: PlanLine.time(artifact.pushed)) },
            pushed: PlanLine.time(artifact.pushed), size: 1, code: "not_kept", className: "builds", follows: nil, reason: "old")
        return try #require(Removal.requests(for: planned, of: artifact).first)
    }

    private func there(_ tags: [String] = ["build-1"], id: Int64 = 3, late: TimeInterval = 0, immutable: Bool = false) throws -> APIArtifact
    {
        let pushed = try Samples.artifact(3, tags: []).pushed
        let names = try tags.map { try TagName(parsing: $0) }
        return APIArtifact(
            id: id, digest: try Samples.digest(3), type: "IMAGE", size: 1, pushed: pushed, pulled: nil,
            tags: names.map { APITag(id: 1, name: $0, pushed: pushed.addingTimeInterval(late), pulled: nil, isImmutable: immutable) },
            labels: [], references: [], scan: nil)
    }

    private func run(_ registry: ScriptedRegistry, _ removal: Removal) async throws -> RemovalJournal.Result {
        let run = RemovalRun(registry: registry, journal: try journal(), clock: clock, rate: 120)
        return try await run.remove(removal).result
    }

    @Test("looks, then removes, once")
    func removes() async throws {
        let registry = ScriptedRegistry(try there())
        #expect(try await run(registry, try removal()) == .removed)
        #expect(registry.log == ["look", "delete"] && registry.isGone)
        #expect(try journal().claims(RemovalJournal.Target(id: 3, tag: nil)))
    }

    @Test("what is not there any more needs no request")
    func gone() async throws {
        let registry = ScriptedRegistry(nil)
        #expect(try await run(registry, try removal()) == .gone)
        #expect(registry.log == ["look"])
    }

    @Test("what is no longer as it was planned stays", arguments: ["repushed", "tagged", "untagged", "replaced", "immutable"])
    func changed(_ kind: String) async throws {
        let artifact =
            switch kind {
            case "repushed": try there(late: 1)
            case "tagged": try there(["build-1", "prod"])
            case "untagged": try there([])
            case "replaced": try there(id: 9)
            default: try there(immutable: true)
            }
        let registry = ScriptedRegistry(artifact)
        #expect(try await run(registry, try removal()) == (kind == "immutable" ? .kept : .changed))
        #expect(registry.log == ["look"] && !registry.isGone)
    }

    @Test(
        "after an uncertain answer it looks, and asks again only for what is still there",
        arguments: [HarborAPIError.Code.unreachable, .timedOut, .unavailable, .tooManyRequests])
    func uncertain(_ code: HarborAPIError.Code) async throws {
        let done = ScriptedRegistry(try there(), deletions: [.doneAndFails(code)])
        #expect(try await run(done, try removal()) == .removed)
        #expect(done.log == ["look", "delete", "look"])
        let again = ScriptedRegistry(try there(), deletions: [.fails(code), .fails(code)])
        #expect(try await run(again, try removal()) == .removed)
        #expect(again.log == ["look", "delete", "look", "delete", "look", "delete"] && again.isGone)
    }

    @Test("a Harbor that stays away stops the run, and the intent stays in the journal")
    func away() async throws {
        let registry = ScriptedRegistry(try there(), deletions: [.fails(.unavailable), .fails(.unavailable), .fails(.unavailable)])
        await #expect(throws: RemovalRun.Stop.self) { try await run(registry, try removal()) }
        #expect(try journal().claims(RemovalJournal.Target(id: 3, tag: nil)))
        let blind = ScriptedRegistry(try there(), looks: Array(repeating: .unreachable, count: 5))
        await #expect(throws: RemovalRun.Stop.self) { try await run(blind, try removal()) }
        #expect(blind.log == Array(repeating: "look", count: 5))
        let late = ScriptedRegistry(try there(), looks: Array(repeating: .unreachable, count: 4))
        #expect(try await run(late, try removal()) == .removed)
    }

    @Test("a lost permission stops the run at once", arguments: [HarborAPIError.Code.unauthorized, .forbidden, .readOnly])
    func stops(_ code: HarborAPIError.Code) async throws {
        let registry = ScriptedRegistry(try there(), deletions: [.fails(code)])
        await #expect(throws: RemovalRun.Stop.self) { try await run(registry, try removal()) }
        #expect(registry.log == ["look", "delete"] && !registry.isGone)
        let blind = ScriptedRegistry(try there(), looks: [code])
        await #expect(throws: RemovalRun.Stop.self) { try await run(blind, try removal()) }
        #expect(blind.log == ["look"])
    }

    @Test("what Harbor refuses to remove is kept, and what it does not understand failed")
    func refused() async throws {
        #expect(try await run(ScriptedRegistry(try there(), deletions: [.fails(.precondition)]), try removal()) == .kept)
        #expect(try await run(ScriptedRegistry(try there(), deletions: [.fails(.malformed)]), try removal()) == .failed)
        #expect(try await run(ScriptedRegistry(try there(), deletions: [.fails(.notFound)]), try removal()) == .gone)
    }

    @Test("a tag goes alone, and never as the last one")
    func tags() async throws {
        let both = ["build-1", "prod"]
        let registry = ScriptedRegistry(try there(both))
        #expect(try await run(registry, try removal(tag: "build-1", of: both)) == .removed)
        #expect(registry.log == ["look", "delete"] && !registry.isGone)
        #expect(try await run(ScriptedRegistry(try there(["build-1"])), try removal(tag: "build-1", of: both)) == .changed)
        #expect(try await run(ScriptedRegistry(try there(["prod"])), try removal(tag: "build-1", of: both)) == .gone)
        #expect(try await run(ScriptedRegistry(try there(both, late: 1)), try removal(tag: "build-1", of: both)) == .changed)
    }

    @Test("a run that was killed before or after the request ends right the next time")
    func killed() async throws {
        let target = RemovalJournal.Target(id: 3, tag: nil)
        try journal().begin(target, "a")
        let before = ScriptedRegistry(try there())
        #expect(try await run(before, try removal()) == .removed)
        try journal().begin(target, "a")
        #expect(try await run(ScriptedRegistry(nil), try removal()) == .gone)
        #expect(try journal().claims(target))
    }

    @Test("requests keep the rate")
    func pace() async throws {
        let run = RemovalRun(registry: ScriptedRegistry(nil), journal: try journal(), clock: clock, rate: 120)
        try await run.pace()
        #expect(clock.pauses == [.milliseconds(500)])
    }
}
