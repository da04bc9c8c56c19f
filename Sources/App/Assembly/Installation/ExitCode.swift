import CurlTransport
import HarborAPI
import JobEngine
import Jobs
import Programs
import Retention
import Upkeep
import Vault

/// What a process exits with after a failure: whoever calls opsd from a script decides by it.
package enum ExitCode {
    /// 1 failed · 3 refused by a guard · 64 usage · 69 out of reach · 75 busy · 78 configuration.
    package static func after(_ error: any Error) -> Int32 {
        switch error {
        case let error as RequestError:
            switch error.code {
            case .usage: 64
            case .configuration: 78
            case .notFound: 1
            case .refused: 3
            case .outOfReach: 69
            case .busy: 75
            }
        case is ConfigurationError: 78
        case is JobBusy: 75
        case let error as RunFailure: error.exitCode
        case let error as JournalError:
            switch error.code {
            case .absent, .unavailable, .full, .denied: 69
            case .newer: 78
            case .corrupt, .failed: 1
            }
        case let error as JobError:
            switch error.code {
            case .refused: 3
            case .configuration: 78
            case .notFound, .corrupt, .failed: 1
            }
        case let error as VaultError:
            switch error.code {
            case .unavailable, .notFound, .denied, .full: 69
            case .untrusted, .wrongVault, .exists: 3
            case .configuration: 78
            case .corrupt, .malformed, .locked: 1
            }
        case let error as UpkeepError: after(error)
        case let error as HarborAPIError: after(error)
        case let error as RetentionError:
            switch error.code {
            case .malformedHold: 64
            case .malformedPattern, .oversizedPattern, .malformedVersion: 78
            case .malformedRule, .unknownRule: 1
            }
        case let error as ProgramError:
            switch error.code {
            case .notFound, .notStarted, .configuration: 78
            case .timedOut, .tooMuchOutput, .failed: 1
            }
        case let error as TransportError:
            switch error.code {
            case .unreachable, .denied, .timedOut, .tls, .interrupted: 69
            case .protocolViolation, .bodyTooLarge, .invalidRequest, .failed: 1
            }
        default: Reachability.isRefusal(error) ? 3 : (Reachability.isOutOfReach(error) ? 69 : 1)
        }
    }

    private static func after(_ error: UpkeepError) -> Int32 {
        switch error.code {
        case .refused: 3
        case .configuration: 78
        case .unreachable: 69
        case .notFound, .corrupt, .failed: 1
        }
    }

    private static func after(_ error: HarborAPIError) -> Int32 {
        switch error.code {
        // A robot that has expired is nobody: what it guards is out of reach, as a database is that refuses a role.
        case .unreachable, .timedOut, .tls, .unauthorized, .tooManyRequests, .unavailable: 69
        case .forbidden, .needsAdministrator: 78
        case .readOnly, .notFound, .notAllowed, .conflict, .precondition, .tooLarge, .malformed, .unexpectedAnswer, .unsettled, .failed: 1
        }
    }
}
