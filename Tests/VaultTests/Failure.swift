import Vault

/// How a call failed: the code of its ``VaultError`` (nil where it succeeded or failed otherwise), and all that it said.
struct Failure: Sendable {
    let code: VaultError.Code?
    let problem: String
    let remedy: String

    /// What `error` says; nil is a success.
    init(_ error: (any Error)?) {
        let vault = error as? VaultError
        code = vault?.code
        problem = error.map { "\($0)" } ?? ""
        remedy = vault?.remedy ?? ""
    }
}

/// Runs `work` and tells how it failed.
func failure(_ work: () throws -> Void) -> Failure {
    do {
        try work()
        return Failure(nil)
    } catch {
        return Failure(error)
    }
}

/// The same for work that waits.
func failure(of work: () async throws -> Void) async -> Failure {
    do {
        try await work()
        return Failure(nil)
    } catch {
        return Failure(error)
    }
}
