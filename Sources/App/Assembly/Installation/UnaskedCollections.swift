import Jobs

/// Harbor's garbage collection where nobody can ask for it, since there is no credential to ask with. A backup says so and goes on.
struct UnaskedCollections: CollectionControl {
    /// What keeps us from asking.
    let reason: any Error

    private var denial: CollectionControlError { CollectionControlError(.denied, "\(reason)") }

    func isPaused() async throws -> Bool { throw denial }
    func pause() async throws { throw denial }
    func resume() async throws { throw denial }
    func underWay() async throws -> [CollectionUnderWay] { throw denial }
}
