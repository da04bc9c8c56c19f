import Synchronization

/// What a test switches: faults of the way to Harbor and of Harbor itself. All of it takes effect with the next request.
package final class StandInState: Sendable {
    /// A request that was answered.
    package struct Record: Sendable, Equatable {
        /// `GET` and so on.
        package let method: String
        /// Path and query as they were sent.
        package let target: String
        /// What it was answered by; 0 where the connection was cut.
        package let status: Int
    }

    /// What is to happen to one request.
    struct Verdict {
        var isCoreDown = false
        var retryAfter: Int?
        var hasExpired = false
        var delay = Duration.zero
        var cut: Int?
        var hooks: [@Sendable () async throws -> Void] = []
    }

    private struct Hook {
        let path: String
        var remaining: Int
        let work: @Sendable () async throws -> Void
    }

    private struct Switches {
        var isCoreDown = false
        var refusals = 0
        var retryAfter = 1
        var remainingUntilExpiry: Int?
        var delay = Duration.zero
        var cuts: [(path: String, bytes: Int)] = []
        var hooks: [Hook] = []
        var records: [Record] = []
    }

    private let switches = Mutex(Switches())

    init() {}

    /// Whether only the front answers: HTML with status 502.
    package var isCoreDown: Bool {
        get { switches.withLock { $0.isCoreDown } }
        set { switches.withLock { $0.isCoreDown = newValue } }
    }

    /// How long every answer waits.
    package var delay: Duration {
        get { switches.withLock { $0.delay } }
        set { switches.withLock { $0.delay = newValue } }
    }

    /// Answers the next `count` requests by 429; `retryAfter` is in seconds.
    package func refuse(next count: Int, retryAfter: Int = 1) {
        switches.withLock {
            $0.refusals = count
            $0.retryAfter = retryAfter
        }
    }

    /// Lets `count` more requests with credentials pass; later ones are taken for those of nobody.
    package func expireCredentials(after count: Int) { switches.withLock { $0.remainingUntilExpiry = count } }

    /// Makes credentials good again.
    package func renewCredentials() { switches.withLock { $0.remainingUntilExpiry = nil } }

    /// Cuts the connection of the next request whose target contains `path`, after `bytes` bytes of the answer's body.
    package func cut(_ path: String, after bytes: Int = 1) { switches.withLock { $0.cuts.append((path, bytes)) } }

    /// Runs `work` before the `number`th request from now (1 is the next) whose method and target, as in `DELETE /api/...`, contain `path`.
    /// What it throws is answered by 500.
    package func before(_ path: String, number: Int = 1, _ work: @escaping @Sendable () async throws -> Void) {
        switches.withLock { $0.hooks.append(Hook(path: path, remaining: number, work: work)) }
    }

    /// All requests that were answered, in the order of the answers.
    package var requests: [Record] { switches.withLock { $0.records } }

    /// Forgets the requests so far.
    package func forgetRequests() { switches.withLock { $0.records = [] } }

    func record(_ method: String, _ target: String, _ status: Int) {
        switches.withLock { $0.records.append(Record(method: method, target: target, status: status)) }
    }

    /// What happens to this request; counts it.
    func verdict(for method: String, _ target: String, hasCredentials: Bool) -> Verdict {
        switches.withLock { switches in
            var verdict = Verdict(isCoreDown: switches.isCoreDown, delay: switches.delay)
            if switches.refusals > 0 {
                switches.refusals -= 1
                verdict.retryAfter = switches.retryAfter
            }
            if hasCredentials, let remaining = switches.remainingUntilExpiry {
                verdict.hasExpired = remaining <= 0
                switches.remainingUntilExpiry = max(0, remaining - 1)
            }
            if let index = switches.cuts.firstIndex(where: { target.contains($0.path) }) {
                verdict.cut = switches.cuts.remove(at: index).bytes
            }
            let line = "\(method) \(target)"
            for index in switches.hooks.indices where line.contains(switches.hooks[index].path) {
                switches.hooks[index].remaining -= 1
                if switches.hooks[index].remaining == 0 { verdict.hooks.append(switches.hooks[index].work) }
            }
            switches.hooks.removeAll { $0.remaining <= 0 }
            return verdict
        }
    }
}
