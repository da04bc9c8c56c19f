import Foundation
import HarborDatabase
import HarborLab
import OCIImage
import Postgres
import Testing

@Suite(
    "A real Harbor database tells what upkeep needs (skipped where PostgreSQL or docker-registry is not installed)",
    .enabled(if: HarborLab.available()), .timeLimit(.minutes(3)))
struct UpkeepLabTests {
    /// Runs `body` in a snapshot, as the role that can only read.
    private func inSnapshot<Value: Sendable>(_ body: (HarborDatabase) async throws -> Value) async throws -> Value {
        let snapshot = try await PostgresSnapshot.open(SharedLab.settings())
        let value = try await body(HarborDatabase(connection: snapshot.connection))
        await snapshot.close()
        return value
    }

    @Test("all images come with their tags, under their repositories")
    func images() async throws {
        let lab = try SharedLab.value
        let (all, summary) = try await inSnapshot { try await repositories($0) }
        let found = all.flatMap { repository in repository.artifacts.map { "\(repository.name)@\($0.digest)" } }
        #expect(Set(found) == Set(lab.images.map { "\($0.repository)@\($0.digest)" }))
        #expect(found.count == lab.images.count)
        for image in lab.images {
            let repository = try #require(all.first { $0.name.description == image.repository })
            let artifact = try #require(repository.artifacts.first { $0.digest.description == image.digest })
            #expect(artifact.tags.map(\.name.description) == image.tags.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            #expect("\(repository.name)" == "\(repository.project)/\(repository.nameInProject)")
        }
        #expect(summary.malformedArtifacts == 0 && summary.malformedRepositories == 0)
        let signed = try #require(lab.images(.signed).first)
        let signature = try #require(lab.images(.signature).first)
        let rows = all.flatMap(\.artifacts)
        let subject = try #require(rows.first { $0.digest.description == signed.digest })
        #expect(rows.first { $0.digest.description == signature.digest }?.subject?.id == subject.id)
    }

    @Test("the removal of everything frees all that artifacts need")
    func everything() async throws {
        let (freed, needed) = try await inSnapshot { harbor in
            let ids = try await repositories(harbor).all.flatMap { $0.artifacts.map(\.id) }
            return (
                try await harbor.freedBytes(removing: ids),
                try await needs(harbor).blobs.filter { $0.role != .unreferenced && $0.size != nil }
            )
        }
        #expect(freed.total == FreedBytes(blobs: needed.count, bytes: needed.reduce(0) { $0 + ($1.size ?? 0) }))
        #expect(freed.byRepository.values.reduce(0) { $0 + $1.bytes } <= freed.total.bytes)
    }

    @Test("a collection that spares the untagged deletes nothing that is needed")
    func collection() async throws {
        let (found, needed) = try await inSnapshot { harbor in
            (
                try await garbage(harbor, deletesUntagged: false, window: .zero),
                try await needs(harbor).blobs.filter { $0.role != .unreferenced }
            )
        }
        #expect(found.untagged.isEmpty)
        #expect(Set(found.blobs.map(\.digest)).isDisjoint(with: needed.map(\.digest)))
        #expect(found.blobs.allSatisfy { !$0.isNeeded })
        #expect(!found.blobs.isEmpty)
    }

    @Test("scan states, projects, rules and schedules can be read by the role that only reads, and no password comes along")
    func reading() async throws {
        let (states, projects, policies, schedules) = try await inSnapshot { harbor in
            (
                try await scanStates(harbor).states, try await harbor.projects(), try await harbor.retentionPolicies(),
                try await harbor.schedules()
            )
        }
        #expect(states.contains { $0.status == .success && $0.ended != nil })
        #expect(!projects.isEmpty)
        #expect(policies.allSatisfy { policy in projects.contains { $0.id == policy.projectID } })
        #expect(schedules.first { $0.vendor == "GARBAGE_COLLECTION" }?.cacheHost == "redis:6379")
        #expect(!"\(schedules)".contains("in-clear"))
    }
}
