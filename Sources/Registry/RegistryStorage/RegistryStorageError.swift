internal import LocalIO
package import SystemPackage

/// Why registry storage cannot be read or written.
package struct RegistryStorageError: Error, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable {
        /// The folder holds no registry.
        case notARegistry = "not_a_registry"
        /// The storage was there and is gone, so nothing may be concluded about single blobs: think of an unmounted disk.
        case storageGone = "storage_gone"
        /// The storage is there, and the blob is not.
        case missing
        /// The blob is there, and cannot be read.
        case unreadable
        /// What was to be written is not what its digest says.
        case digestMismatch = "digest_mismatch"
        /// A file or folder could not be written.
        case unwritable
    }

    /// What kind of failure it is.
    package let code: Code
    /// Where it happened.
    package let path: FilePath
    /// What happened.
    package let problem: String
    /// What to do about it.
    package let remedy: String
    /// What the host said.
    package let cause: (any Error)?

    /// States a failure at `path`.
    package init(_ code: Code, _ path: FilePath, _ problem: String, remedy: String, cause: (any Error)? = nil) {
        self.code = code
        self.path = path
        self.problem = problem
        self.remedy = remedy
        self.cause = cause
    }

    /// Wraps what the host said about a file that is to be written.
    static func unwritable(_ path: FilePath, _ cause: LocalIOError) -> RegistryStorageError {
        RegistryStorageError(
            .unwritable, path, cause.description,
            remedy: cause.code == .full
                ? "make room and run the restore again: what is in place is kept"
                : "check owner and mode of the folder, then run the restore again",
            cause: cause)
    }

    /// The same failure may pass on its own or with little help: a full disk, a disk that comes back.
    package var isRetryable: Bool { code == .storageGone || (cause as? LocalIOError)?.isRetryable == true }

    /// A sentence for an operator.
    package var description: String { "\(problem). Hint: \(remedy)" }
}
