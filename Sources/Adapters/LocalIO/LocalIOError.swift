package import SystemPackage

/// A failed operation on a file or folder of this host.
package struct LocalIOError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable {
        case notFound = "not_found"
        case exists
        case denied
        case full
        case busy
        case failed
    }

    /// Kind of failure, derived from `errno`.
    package let code: Code
    /// What was tried, such as `create`.
    package let operation: String
    /// What the operation was tried on.
    package let path: FilePath
    /// What the system answered.
    package let errno: Errno

    /// Wraps what the system answered when `operation` was tried on `path`.
    package init(_ operation: String, _ path: FilePath, _ errno: Errno) {
        self.operation = operation
        self.path = path
        self.errno = errno
        code =
            switch errno {
            case .noSuchFileOrDirectory, .notDirectory: .notFound
            case .fileExists: .exists
            case .permissionDenied, .notPermitted, .readOnlyFileSystem: .denied
            case .noSpace, .diskQuotaExceeded: .full
            case .wouldBlock, .resourceBusy: .busy
            default: .failed
            }
    }

    /// The same failure may pass on its own: a full disk or a lock that somebody holds.
    package var isRetryable: Bool { code == .full || code == .busy }

    /// `cannot <operation> <path>: <the system's text>`.
    package var description: String { "cannot \(operation) \(path): \(errno)" }
}
