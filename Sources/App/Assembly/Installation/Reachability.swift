import DatabaseDump
import Postgres
import RegistryStorage

/// Tells failures of what is around opsd from failures of what it did.
package enum Reachability {
    /// Whether a server or disk could not be reached or refused the account, as opposed to a job that went wrong.
    package static func isOutOfReach(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError: isOutOfReach(error)
        case let error as DumpError: error.cause.map(isOutOfReach) ?? false
        case let error as RegistryStorageError: error.code == .notARegistry || error.code == .storageGone
        default: false
        }
    }

    private static func isOutOfReach(_ error: PostgresError) -> Bool {
        switch error.code {
        case .unreachable, .unavailable, .connectionLost, .authentication, .missingDatabase, .missingRole, .tls: true
        default: false
        }
    }

    /// Whether a restore was refused because its database holds something already.
    package static func isRefusal(_ error: any Error) -> Bool {
        (error as? DumpError)?.code == .databaseNotEmpty
    }
}
