import Assembly
import JobEngine
import Jobs
import Vault

/// The exit status of a command that has said already what there is to say.
package struct ExitStatus: Error, Equatable {
    /// What the process exits with, 0 to 255; 0 is success.
    package let code: Int32

    /// A status; 0 ends a command early without a complaint.
    package init(_ code: Int32) { self.code = code }

    /// Something listed was not saved or not found sound.
    package static let partial = ExitStatus(2)

    /// The status that follows from what went wrong: whoever calls opsd from a script decides by it.
    package init(after error: any Error) {
        switch error {
        case let error as RequestError:
            code =
                switch error.code {
                case .usage: 64
                case .configuration: 78
                case .notFound: 1
                case .refused: 3
                }
        case is ConfigurationError: code = 78
        case is JobBusy: code = 75
        case let error as JobError:
            code =
                switch error.code {
                case .refused: 3
                case .configuration: 78
                case .notFound, .corrupt, .failed: 1
                }
        case let error as VaultError:
            code =
                switch error.code {
                case .unavailable, .notFound, .denied, .full: 69
                case .untrusted, .wrongVault, .exists: 3
                case .configuration: 78
                case .corrupt, .malformed, .locked: 1
                }
        default: code = Reachability.isRefusal(error) ? 3 : (Reachability.isOutOfReach(error) ? 69 : 1)
        }
    }
}
