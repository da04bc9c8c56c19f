package import JobEngine
import Jobs
import Upkeep
import Vault

/// Which guard refused a run, in the bounded words by which metrics count refusals.
package enum RefusalReason {
    /// What a job asks of the world before it begins does not hold: a collection is under way, a migration ended half way.
    private static let precondition = "precondition"

    private static let vaultWords: [VaultError.Code] = [.untrusted, .wrongVault, .exists]

    /// Every reason for which a run of this kind may be refused, so that each is counted from the start.
    package static func all(of kind: JobKind) -> [String] {
        let everywhere = [RunFailure.requires, precondition] + vaultWords.map(word) + [JobSummary.otherReason]
        switch kind {
        case .backup, .restoreDrill, .verify, .prune, .audit: return everywhere
        case .rescan, .retention, .gc, .pinCheck: return Refusal.allCases.map(\.rawValue) + everywhere
        }
    }

    /// The reason of a refusal; nil for an error that is none.
    static func of(_ error: any Error) -> String? {
        switch error {
        case let error as UpkeepError:
            if case .refused(let refusal) = error.code { return refusal.rawValue }
            return nil
        case let error as VaultError: return vaultWords.contains(error.code) ? word(error.code) : nil
        case let error as JobError: return error.code == .refused ? precondition : nil
        case let error as RequestError: return error.code == .refused ? precondition : nil
        case let error as RunFailure: return error.reason
        default: return nil
        }
    }

    private static func word(_ code: VaultError.Code) -> String {
        code == .wrongVault ? code.rawValue : "vault_\(code.rawValue)"
    }
}
