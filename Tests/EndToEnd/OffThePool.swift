import LocalIO
import Testing

/// Runs the tests of a suite on threads of their own, a few at a time.
///
/// These tests wait for programs and servers and block their thread meanwhile. On the pool that all tests of the process share, which has as
/// many threads as the host has cores, they would keep every other test waiting.
struct OffThePool: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        guard testCase != nil else { return try await function() }
        await Turns.shared.begin()
        do {
            try await withTaskExecutorPreference(BlockingThreads.shared) { try await function() }
            await Turns.shared.end()
        } catch {
            await Turns.shared.end()
            throw error
        }
    }
}

extension Trait where Self == OffThePool {
    /// On threads of their own.
    static var offThePool: OffThePool { OffThePool() }
}

/// Lets a few tests run at a time: each starts servers, and the host has few cores.
private actor Turns {
    static let shared = Turns()
    private var free = 4
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func begin() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func end() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
