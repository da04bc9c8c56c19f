import Synchronization
package import Vault

/// A target that goes wrong at a chosen call. With no fault armed it is the target under it.
package final class FaultyTarget: BlobTarget {
    /// What goes wrong. Calls are counted from 1, from the moment at which the fault is armed.
    package enum Fault: Sendable, Equatable, CustomStringConvertible {
        /// This call fails without an effect; those after it work again.
        case fail(call: Int)
        /// Whoever uses the target dies right before this call: it and all later ones have no effect.
        case dieBefore(call: Int)
        /// Whoever uses the target dies right after this call: it has its effect, but nobody hears of it.
        case dieAfter(call: Int)
        /// From this call on, the first write appends half of its bytes; then as `dieBefore`.
        case tear(call: Int)
        /// From this call on, the first upload that ends is reported as durable and is not there.
        case drop(call: Int)

        package var description: String {
            switch self {
            case .fail(let call): "fails at call \(call)"
            case .dieBefore(let call): "dies before call \(call)"
            case .dieAfter(let call): "dies after call \(call)"
            case .tear(let call): "tears a write at call \(call)"
            case .drop(let call): "drops an upload at call \(call)"
            }
        }
    }

    /// A call as it was counted.
    package enum Call: Sendable, Equatable {
        case makeFolders
        case upload(ObjectName)
        case write(ObjectName)
        case finish(ObjectName)
        case download(ObjectName)
        case read(ObjectName)
        case list(ObjectFolder)
        case delete(ObjectName)
    }

    /// What the faulty call does instead of its work.
    enum Effect {
        case none
        case die
        case tear
        case drop
    }

    private struct State {
        var fault: Fault?
        var calls: [Call] = []
        var isDead = false
        var reversesListings = false
    }

    private let base: any BlobTarget
    private let state = Mutex(State())

    /// A target over `base` with no fault armed.
    package init(_ base: any BlobTarget) {
        self.base = base
    }

    /// Arms `fault` (nil: none), brings a dead target back to life, and counts calls from 1 again.
    package func arm(_ fault: Fault?) {
        state.withLock {
            $0.fault = fault
            $0.calls = []
            $0.isDead = false
        }
    }

    /// From now on listings come in reverse order.
    package func reverseListings() { state.withLock { $0.reversesListings = true } }

    /// The calls since the last ``arm(_:)``.
    package var calls: [Call] { state.withLock { $0.calls } }

    package var location: String { base.location }

    package func makeFolders() async throws {
        let effect = try enter(.makeFolders)
        try await base.makeFolders()
        try leave(effect)
    }

    package func upload(_ name: ObjectName) async throws -> sending any ObjectUpload {
        let effect = try enter(.upload(name))
        let upload = FaultyUpload(try await base.upload(name), name: name, target: self)
        try leave(effect)
        return upload
    }

    package func download(_ name: ObjectName, range: Range<Int64>?) async throws -> sending any ObjectDownload {
        let effect = try enter(.download(name))
        let download = FaultyDownload(try await base.download(name, range: range), name: name, target: self)
        try leave(effect)
        return download
    }

    package func list(_ folder: ObjectFolder) async throws -> [ObjectInfo] {
        let effect = try enter(.list(folder))
        let objects = try await base.list(folder).sorted { $0.name < $1.name }
        try leave(effect)
        return state.withLock { $0.reversesListings } ? objects.reversed() : objects
    }

    package func delete(_ name: ObjectName) async throws {
        let effect = try enter(.delete(name))
        try await base.delete(name)
        try leave(effect)
    }

    /// Counts a call and decides what becomes of it; throws where it has no effect.
    func enter(_ call: Call) throws -> Effect {
        try state.withLock { state in
            state.calls.append(call)
            guard !state.isDead else { throw Self.dead }
            let number = state.calls.count
            switch (state.fault, call) {
            case (.fail(number), _):
                throw VaultError(.unavailable, "call \(number) of the faulty target failed")
            case (.dieBefore(number), _):
                state.isDead = true
                throw Self.dead
            case (.dieAfter(number), _):
                state.isDead = true
                return .die
            case (.tear(let from), .write) where number >= from:
                state.isDead = true
                return .tear
            case (.drop(let from), .finish) where number >= from:
                state.fault = nil
                return .drop
            default:
                return .none
            }
        }
    }

    /// Ends a call that had its effect.
    func leave(_ effect: Effect) throws {
        if case .die = effect { throw Self.dead }
    }

    var isDead: Bool { state.withLock { $0.isDead } }

    static let dead = VaultError(.unavailable, "the faulty target is dead")
}

private final class FaultyUpload: ObjectUpload {
    private let base: any ObjectUpload
    private let name: ObjectName
    private let target: FaultyTarget

    init(_ base: any ObjectUpload, name: ObjectName, target: FaultyTarget) {
        self.base = base
        self.name = name
        self.target = target
    }

    func write(_ bytes: [UInt8]) async throws {
        let effect = try target.enter(.write(name))
        guard case .tear = effect else {
            try await base.write(bytes)
            return try target.leave(effect)
        }
        try await base.write(Array(bytes.prefix(bytes.count / 2)))
        throw FaultyTarget.dead
    }

    func finish() async throws {
        let effect = try target.enter(.finish(name))
        if case .drop = effect { return await base.abandon() }
        try await base.finish()
        try target.leave(effect)
    }

    func abandon() async {
        // The dead tidy up nothing.
        guard !target.isDead else { return }
        await base.abandon()
    }
}

private final class FaultyDownload: ObjectDownload {
    private let base: any ObjectDownload
    private let name: ObjectName
    private let target: FaultyTarget

    init(_ base: any ObjectDownload, name: ObjectName, target: FaultyTarget) {
        self.base = base
        self.name = name
        self.target = target
    }

    func next() async throws -> [UInt8]? {
        let effect = try target.enter(.read(name))
        let piece = try await base.next()
        try target.leave(effect)
        return piece
    }
}
