import LocalIO
package import SystemPackage

/// Keeps a job from running twice on this host. Held by the process, so a killed run frees it.
package final class RunLock: Sendable {
    private let lock: ProcessLock

    /// Takes the lock of `job` below `stateDirectory` for `run`. Throws ``JobBusy`` where a run holds it.
    package init(job: String, run: RunID, stateDirectory: FilePath) throws {
        let folder = stateDirectory.appending("locks")
        try Folder.make(folder)
        lock = try Self.take(folder.appending("\(job).lock"), job, run)
    }

    /// Whether `run` of `job` holds the lock in some living process.
    package static func isHeld(by run: RunID, job: String, stateDirectory: FilePath) -> Bool {
        let path = stateDirectory.appending("locks").appending("\(job).lock")
        // A lock file that is not there is held by nobody.
        guard (try? FileStatus(path)) != nil, ProcessLock.holder(of: path) == run.description else { return false }
        do {
            let lock = try ProcessLock(path, holder: run.description)
            withExtendedLifetime(lock) {}
            return false
        } catch {
            return error.code == .busy
        }
    }

    private static func take(_ path: FilePath, _ job: String, _ run: RunID) throws -> ProcessLock {
        do {
            return try ProcessLock(path, holder: "\(run)")
        } catch {
            guard error.code == .busy else { throw error }
            throw JobBusy(job: job, run: ProcessLock.holder(of: path))
        }
    }
}

/// Another run of the job is under way.
package struct JobBusy: Error, CustomStringConvertible {
    /// The job's name in the configuration.
    package let job: String
    /// The run that holds the lock, where it said.
    package let run: String?

    /// A sentence that names the run, where it is known, and the job.
    package var description: String {
        let who = run.map { "run \($0)" } ?? "another run"
        return "\(who) of job '\(job)' is under way. Hint: wait for it to end, then try again"
    }
}
