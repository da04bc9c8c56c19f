package import Foundation
import Glibc
package import JobEngine
import Jobs
import LocalIO
package import Logging
package import SystemPackage
import Vault

/// Lets the engine run the jobs of a configuration.
package struct InstallationRunner: JobRunner {
    private let installation: Installation

    /// A runner of `installation`'s jobs.
    package init(_ installation: Installation) { self.installation = installation }

    /// Does the work of the job. Throws whatever went wrong, for ``judge(_:)``.
    package func work(_ job: String, as run: RunID, recorder: RunRecorder, holds: HoldLedger) async throws -> RunResult {
        try await installation.work(job, run, recorder, holds)
    }

    /// Asks the vault itself, by its signed history.
    package func newestCompleteSnapshot(in vault: String) async throws -> Date? {
        let opened = try await installation.openVault(vault)
        return try await installation.history(of: opened).latestComplete?.manifest.recoveryPoint
    }

    /// A refusal stays one; what is wrong with the configuration is not tried again; everything else may pass.
    package func judge(_ error: any Error) -> RunFailure {
        let code = ExitCode.after(error)
        switch code {
        case 3: return RunFailure(.refused, exitCode: code, reason: RefusalReason.of(error), "\(error)")
        case 64, 78: return RunFailure(.failed, exitCode: code, "\(error)")
        default: return RunFailure(.failed, exitCode: code, isRetryable: true, "\(error)")
        }
    }

    /// Lets Harbor collect garbage again, where that is what the hold kept from it.
    package func undo(hold: String) async throws { try await installation.undo(hold: hold) }
}

extension Installation {
    /// The jobs as the engine needs to know them, in the order of the configuration.
    package var jobDefinitions: [JobDefinition] {
        configuration.jobs.map { job in
            JobDefinition(
                name: job.name, activity: Activity(job.kind, vault: job.vault, isDatabaseOnly: job.isDatabaseOnly),
                schedule: job.schedule.map { .init($0, in: job.timezone) }, deadline: job.deadline, retries: job.retries,
                jitter: job.jitter,
                catchUp: job.catchUp, overlap: job.overlap, after: job.after, requiredSnapshotAge: job.requirement?.completeSnapshot)
        }
    }

    /// Reasons for which a blob is broken at source, and the numbers of a backup that count them.
    package static let sourceBreakageNumbers: [(reason: String, number: String)] = BrokenBlob.Reason.allCases.map {
        ($0.rawValue, $0.unacknowledgedNumber)
    }

    /// The journal of this host.
    package var journalPath: FilePath { configuration.stateDirectory.appending("journal.sqlite") }

    /// The lock that the daemon holds as long as it lives.
    package var daemonLockPath: FilePath { RuntimePlaces(configuration).daemonLock }

    /// What tells this host from others, for jitter: the machine id of systemd, else the host's name.
    package static var hostIdentity: String {
        // A host without the file, such as a container, is told apart by its name.
        let bytes = (try? FileReader.contents(of: "/etc/machine-id", limit: 256)) ?? []
        let id = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return id.isEmpty ? ProcessInfo.processInfo.hostName : id
    }

    /// Who this process is, for the journal.
    package static var ownRequester: Requester {
        Requester(uid: UInt32(geteuid()), name: NSUserName())
    }

    /// Who this process is, for what people read.
    static var ownName: String { ownRequester.name ?? "uid \(geteuid())" }

    /// Runs a job in this process while no daemon does: the same journal, the same locks, the same conflicts.
    ///
    /// Throws what is wrong before a run exists: an unknown job, a run of it or of a job that excludes it under way, a journal that cannot
    /// be written. Everything later is in the record and the report. Cancellation ends the run as interrupted.
    package func runAlone(_ name: String, journal: any RunJournal, progress: any RunProgress, logger: Logger) async throws -> (
        record: RunRecord, report: RunReport
    ) {
        guard let job = jobDefinitions.first(where: { $0.name == name }) else { throw unknownJob(name) }
        let alone = LoneRun(
            journal: journal, runner: InstallationRunner(self), stateDirectory: configuration.stateDirectory,
            daemonLock: daemonLockPath, wallclock: wallclock, clock: clock, logger: logger)
        let jobs = jobDefinitions
        // The journal blocks, and so do the locks.
        return try await onBlockingThread { try await alone.run(job, among: jobs, requester: Self.ownRequester, progress: progress) }
    }
}

extension JobSection {
    /// A backup that leaves out the file sets.
    fileprivate var isDatabaseOnly: Bool {
        if case .backup(.database) = work { true } else { false }
    }
}
