import Synchronization

/// The tokens that the token service gave out. Clients see no more of one than that it opens something.
final class BearerTokens: Sendable {
    /// One repository and what may be done to it.
    struct Scope: Sendable, Equatable {
        let repository: String
        let actions: Set<String>
    }

    /// Whom a token stands for, and what it opens.
    struct Grant: Sendable {
        let principal: Principal
        let scopes: [Scope]
    }

    private let grants = Mutex<[String: Grant]>([:])

    func issue(_ grant: Grant) -> String {
        let token = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        grants.withLock { $0[token] = grant }
        return token
    }

    func grant(_ token: String) -> Grant? { grants.withLock { $0[token] } }
}
