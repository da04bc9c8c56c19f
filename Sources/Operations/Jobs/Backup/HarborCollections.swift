package import HarborAPI

/// Harbor's garbage collection, held through its own API.
package struct HarborCollections: CollectionControl {
    /// The queue of Harbor's job service.
    private static let queue = "GARBAGE_COLLECTION"
    private let client: HarborClient

    /// Asks through `client`.
    package init(_ client: HarborClient) { self.client = client }

    /// Whether Harbor's job service has the queue paused.
    package func isPaused() async throws -> Bool {
        try await asking { try await client.queues() }.contains { $0.jobType == Self.queue && $0.isPaused }
    }

    /// Pauses the queue.
    package func pause() async throws { try await asking { try await client.pauseQueue(Self.queue) } }

    /// Resumes the queue.
    package func resume() async throws { try await asking { try await client.resumeQueue(Self.queue) } }

    /// The newest runs that have no end yet.
    package func underWay() async throws -> [CollectionUnderWay] {
        try await asking { try await client.collections(limit: 20) }.compactMap { run in
            switch run.status {
            case .pending, .scheduled: CollectionUnderWay(id: run.id, isWaiting: true)
            case .running, .other: CollectionUnderWay(id: run.id, isWaiting: false)
            case .stopped, .error, .success: nil
            }
        }
    }

    private func asking<Answer: Sendable>(_ ask: () async throws -> Answer) async throws -> Answer {
        do {
            return try await ask()
        } catch let error as HarborAPIError {
            switch error.code {
            case .unauthorized, .forbidden, .notFound, .notAllowed, .readOnly, .needsAdministrator, .malformed:
                throw CollectionControlError(.denied, "\(error)")
            case .unreachable, .timedOut, .tls, .conflict, .precondition, .tooLarge, .tooManyRequests, .unavailable, .unexpectedAnswer,
                .unsettled, .failed:
                throw CollectionControlError(.unreachable, "\(error)")
            }
        }
    }
}
