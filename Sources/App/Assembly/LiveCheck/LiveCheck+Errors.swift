import HarborAPI
import HarborDatabase
import LocalIO
import Postgres
import RegistryStorage
import SystemPackage
import Vault

extension LiveCheck {
    /// A failed check; the error says what is wrong and what to do, `remedy` is for errors that do not, `better` goes before both.
    init(_ name: Name, _ target: String, failedWith error: any Error, remedy: String, better: String? = nil) {
        let (failure, detail, own) = Self.explain(error)
        self.init(name, target, .failed(failure, remedy: better ?? (own.isEmpty ? remedy : own)), detail)
    }

    /// Kind, problem and remedy of what a check threw; the remedy is empty where the error knows none.
    private static func explain(_ error: any Error) -> (Failure, detail: String, remedy: String) {
        switch error {
        case let error as ConfigurationError:
            (.configuration, error.problem, error.problems.compactMap(\.hint).first ?? "")
        case let error as RequestError: (.configuration, error.problem, error.remedy)
        case let error as VaultError:
            (kind(of: error), error.cause.map { "\(error.problem): \($0)" } ?? error.problem, error.remedy)
        case let error as PostgresError:
            (kind(of: error), error.detail.map { "\(error.problem) (\($0))" } ?? error.problem, error.hint ?? "")
        case let error as HarborAPIError: (kind(of: error), error.problem, error.remedy)
        case let error as HarborDatabaseError: (.configuration, error.problem, error.remedy)
        case let error as RegistryStorageError:
            (kind(of: error), error.problem, error.remedy)
        case let error as LocalIOError: (kind(of: error), error.description, "")
        case is CancellationError: (.unreachable, "the check was interrupted", "run it again")
        default: (.unreachable, "\(error)", "")
        }
    }

    private static func kind(of error: VaultError) -> Failure {
        switch error.code {
        case .denied, .configuration, .wrongVault, .untrusted, .exists: .configuration
        case .notFound, .full, .unavailable: .unreachable
        case .corrupt, .malformed, .locked: .damaged
        }
    }

    private static func kind(of error: PostgresError) -> Failure {
        switch error.code {
        case .permission, .settings, .serverTooOld, .serverTooNew: .configuration
        case .unreachable, .unavailable, .connectionLost, .authentication, .missingDatabase, .missingRole, .tls, .lockNotAvailable,
            .cancelled, .protocolViolation, .query:
            .unreachable
        }
    }

    private static func kind(of error: HarborAPIError) -> Failure {
        switch error.code {
        case .tls, .unauthorized, .forbidden, .needsAdministrator, .notFound, .notAllowed, .malformed, .unexpectedAnswer: .configuration
        case .unreachable, .timedOut, .readOnly, .conflict, .precondition, .tooLarge, .tooManyRequests, .unavailable, .unsettled, .failed:
            .unreachable
        }
    }

    private static func kind(of error: RegistryStorageError) -> Failure {
        switch error.code {
        case .notARegistry, .storageGone, .missing: .unreachable
        case .unreadable: (error.cause as? LocalIOError).map { kind(of: $0) } ?? .damaged
        case .digestMismatch, .unwritable: .damaged
        }
    }

    private static func kind(of error: LocalIOError) -> Failure {
        // A disk that the kernel protects from writing is mended as a full one is, not in the configuration.
        if error.errno == .readOnlyFileSystem { return .unreachable }
        return switch error.code {
        case .notFound, .exists, .denied: .configuration
        case .full, .busy: .unreachable
        // Of a disk that answers with an error, nothing is known any more.
        case .failed: .damaged
        }
    }
}
