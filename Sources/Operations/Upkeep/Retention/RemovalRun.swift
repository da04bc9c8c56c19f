import Foundation
import HarborAPI
import JobEngine
import OCIImage

/// Sends the requests of a plan, one after the other: looks, says so in the journal, removes, and says what came of it.
///
/// Whatever ends it in between does no harm: each request stands for itself, and the journal tells the next run which of them are done.
struct RemovalRun: Sendable {
    /// Nothing more is removed: Harbor does not let this account, or nobody, or does not answer.
    struct Stop: Error {
        let error: HarborAPIError
    }

    /// How a request ended, and what is to be said of it.
    typealias Ending = (result: RemovalJournal.Result, note: String?)

    /// Requests for one thing, if Harbor does not say whether it did it.
    private static let attempts = 3
    /// Between looks at a Harbor that does not answer, beside those of the client itself.
    static let pauses: [Duration] = [.seconds(5), .seconds(15), .seconds(30), .seconds(60)]
    /// Harbor's API tells times to the millisecond, its database to the microsecond.
    private static let tolerance: TimeInterval = 0.0025

    let registry: any ArtifactRemoving
    let journal: RemovalJournal
    let clock: any Clock<Duration>
    /// Requests a minute.
    let rate: Int

    /// Waits as the rate wants it.
    func pace() async throws { try await clock.sleep(for: .seconds(60) / max(1, rate)) }

    /// Removes one thing that is still what the plan met. Throws ``Stop``, and `CancellationError`: then an intent may stand without a result.
    func remove(_ removal: Removal) async throws -> Ending {
        let ending = try await ending(of: removal)
        try journal.end(removal.target, ending.result, note: ending.note)
        return ending
    }

    private func ending(of removal: Removal) async throws -> Ending {
        guard let artifact = try await look(removal) else { return (.gone, nil) }
        if let difference = Self.difference(artifact, removal) { return (.changed, difference) }
        if removal.tag != nil, !Self.hasTag(artifact, removal) { return (.gone, nil) }
        if let tag = artifact.tags.first(where: { $0.isImmutable && (removal.tag == nil || $0.name == removal.tag) }) {
            return (.kept, "tag \(tag.name) is immutable")
        }
        try journal.begin(removal.target, removal.image)
        for attempt in 1...Self.attempts {
            do {
                try await send(removal)
                return (.removed, nil)
            } catch let error as HarborAPIError {
                if let ending = try Self.ending(after: error) { return ending }
                // Harbor may have done it all the same, or only now.
                try await clock.sleep(
                    for: error.retryAfter.map { min($0, .seconds(300)) } ?? Self.pauses[min(attempt, Self.pauses.count) - 1])
                guard let now = try await look(removal), removal.tag == nil || Self.hasTag(now, removal) else { return (.removed, nil) }
                if let difference = Self.difference(now, removal) { return (.changed, difference) }
                if attempt == Self.attempts {
                    guard error.isRetryable else { return (.failed, "\(error)") }
                    try journal.end(removal.target, .failed, note: "\(error)")
                    throw Stop(error: error)
                }
            }
        }
        return (.failed, "it is still there after \(Self.attempts) requests")
    }

    private func send(_ removal: Removal) async throws {
        let (repository, digest) = (removal.planned.repository, removal.planned.digest)
        if let tag = removal.tag {
            try await registry.deleteTag(tag, of: digest, in: repository)
        } else {
            try await registry.deleteArtifact(digest, in: repository)
        }
    }

    /// What a refusal means; nil where the same request may still succeed.
    private static func ending(after error: HarborAPIError) throws -> Ending? {
        switch error.code {
        case .notFound: return (.gone, nil)
        case .precondition: return (.kept, "\(error)")
        case .unauthorized, .forbidden, .readOnly, .needsAdministrator, .tls: throw Stop(error: error)
        case .notAllowed, .tooLarge, .malformed, .failed: return (.failed, "\(error)")
        case .unreachable, .timedOut, .tooManyRequests, .unavailable, .conflict, .unexpectedAnswer, .unsettled: return nil
        }
    }

    /// The artifact as it is now; a Harbor that is overloaded or away is waited for a while.
    private func look(_ removal: Removal) async throws -> APIArtifact? {
        for pause in Self.pauses {
            do {
                return try await ask(removal)
            } catch let stop as Stop {
                guard stop.error.isRetryable else { throw stop }
                try await clock.sleep(for: pause)
            }
        }
        return try await ask(removal)
    }

    private func ask(_ removal: Removal) async throws -> APIArtifact? {
        do {
            return try await registry.artifact(removal.planned.repository, .digest(removal.planned.digest))
        } catch let error as HarborAPIError {
            throw Stop(error: error)
        }
    }

    private static func hasTag(_ artifact: APIArtifact, _ removal: Removal) -> Bool { artifact.tags.contains { $0.name == removal.tag } }

    /// What is no longer as the plan met it; nil for nothing.
    private static func difference(_ artifact: APIArtifact, _ removal: Removal) -> String? {
        guard artifact.digest == removal.planned.digest, artifact.id == removal.planned.id else {
            return "another artifact stands in its place"
        }
        if let pushed = artifact.pushed, abs(pushed.timeIntervalSince(removal.pushed)) > tolerance { return "it was pushed again" }
        for tag in artifact.tags where removal.tag == nil || removal.tag == tag.name {
            guard let known = removal.tags[tag.name] else { return "it has a new tag, \(tag.name)" }
            if let pushed = tag.pushed, abs(pushed.timeIntervalSince(known)) > tolerance { return "tag \(tag.name) was pushed again" }
        }
        let names = Set(artifact.tags.map(\.name))
        guard removal.tag != nil else {
            let lost = removal.tags.keys.filter { !names.contains($0) }.min { $0.description < $1.description }
            return lost.map { "tag \($0) is not there any more" }
        }
        // The last tag is never taken: what keeps the artifact would be gone with it.
        return names.isSubset(of: removal.planned.tags.map(\.name)) ? "no other tag is left" : nil
    }
}
