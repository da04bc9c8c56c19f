/// What a backup asks of Harbor's garbage collection.
package protocol CollectionControl: Sendable {
    /// Whether collections wait in a queue that is paused. Throws ``CollectionControlError``.
    func isPaused() async throws -> Bool
    /// Keeps collections that have not begun from beginning; again is fine. Throws ``CollectionControlError``.
    func pause() async throws
    /// Lets collections begin; again is fine. Throws ``CollectionControlError``.
    func resume() async throws
    /// The collections that have not ended. Throws ``CollectionControlError``.
    func underWay() async throws -> [CollectionUnderWay]
}

/// A garbage collection that has not ended.
package struct CollectionUnderWay: Sendable, Equatable {
    /// Harbor's number of it.
    package let id: Int64
    /// As far as Harbor knows it still waits in the queue.
    package let isWaiting: Bool

    /// Describes a collection.
    package init(id: Int64, isWaiting: Bool) {
        self.id = id
        self.isWaiting = isWaiting
    }
}

/// Why Harbor does not say or do what is asked of its garbage collection.
package struct CollectionControlError: Error, CustomStringConvertible {
    /// What that means for a hold.
    package enum Code: String, Sendable, CaseIterable {
        /// The account may not do this, or this Harbor cannot: nothing was changed.
        case denied
        /// Nobody knows whether it was done.
        case unreachable
    }

    /// What it means.
    package let code: Code
    /// What went wrong, as a sentence without a full stop.
    package let problem: String

    /// Makes an error.
    package init(_ code: Code, _ problem: String) {
        self.code = code
        self.problem = problem
    }

    /// What went wrong.
    package var description: String { problem }
}
