import Foundation
package import JobEngine
import Jobs
import LocalIO
import Postgres
import RegistryStorage
import SystemPackage
import Vault

extension Installation {
    /// What came of a run: its report, and what went wrong where it did not end by itself.
    package struct RunEnd: Sendable {
        /// Complete also where the run failed.
        package let report: RunReport
        /// What ended the run early, cancellation included; nil where it ended by itself.
        package let failure: (any Error)?
    }

    /// Runs a job of the configuration now, in this process, under the job's lock.
    ///
    /// Throws only what is wrong before a run exists: an unknown job, a job that is running already. Everything later is in the report.
    package func run(_ jobName: String, progress: any RunProgress) async throws -> RunEnd {
        guard let job = configuration.jobs.first(where: { $0.name == jobName }) else {
            let names = configuration.jobs.map(\.name).joined(separator: ", ")
            throw RequestError(
                .usage, "the configuration has no job '\(jobName)'", remedy: names.isEmpty ? "add it under 'jobs:'" : "it has \(names)")
        }
        let started = now
        let id = RunID(startingAt: started)
        let lock = try RunLock(job: job.name, run: id, stateDirectory: configuration.stateDirectory)
        defer { withExtendedLifetime(lock) {} }
        let recorder = recorder(progress)
        var report = RunReport(run: id, job: job.name, kind: job.kind.rawValue, started: started)
        var failure: (any Error)?
        do {
            try await onBlockingThread { [report] in try await perform(job, id, recorder, report) }.apply(to: &report)
        } catch is CancellationError {
            report.outcome = .interrupted
            failure = CancellationError()
        } catch {
            report.outcome = Self.isRefusal(error) ? .refused : .failed
            failure = error
            recorder.note(Finding(.warning, "failed", "\(error)"))
        }
        report.finished = now
        recorder.fill(&report)
        return RunEnd(report: report, failure: failure)
    }

    /// What a job adds to its report.
    private struct Contribution: Sendable {
        var outcome: RunOutcome
        var snapshots: [String: String] = [:]
        var recoveryPoint: Date?

        func apply(to report: inout RunReport) {
            report.outcome = outcome
            report.snapshots = snapshots
            report.recoveryPoint = recoveryPoint
        }
    }

    private func perform(_ job: JobSection, _ id: RunID, _ recorder: RunRecorder, _ report: RunReport) async throws -> Contribution {
        switch job.work {
        case .backup(let scope):
            let result = try await backup(job, scope, recorder).run(id, recorder: recorder)
            return Contribution(
                outcome: result.outcome, snapshots: result.snapshots.mapValues(\.description),
                recoveryPoint: result.isComplete ? result.recoveryPoint : nil)
        case .verify(let share):
            let vault = try await openVault(job.vault)
            let verified = try await VerifyJob(vault: vault, clock: wallClock)
                .run(share: VerifyShare(part: share.part, whole: share.whole), recorder: recorder)
            return Contribution(outcome: verified.isSound ? .succeeded : .partial)
        case .audit(let reading):
            let vault = try await openVault(job.vault)
            let audit = try await recorder.phase("audit") {
                try await vault.audit(reading: reading) { recorder.advance(bytes: $0, items: 1) }
            }
            for damage in audit.damaged { recorder.note(Finding(.warning, "damaged", "\(damage.object): \(damage.problem)")) }
            for finding in audit.chainFindings { recorder.note(Finding(.warning, "chain", finding)) }
            return Contribution(outcome: audit.isSound ? .succeeded : .partial)
        case .restoreDrill, .rescan, .retention, .gc, .prune:
            throw RequestError(
                .configuration, "this version of opsd cannot run jobs of kind '\(job.kind.rawValue)' yet",
                remedy: "take job '\(job.name)' out of the configuration")
        }
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        switch error {
        case let error as JobError: error.code == .refused
        case let error as RequestError: error.code == .refused
        default: false
        }
    }

    // MARK: - Backup

    private func backup(_ job: JobSection, _ scope: JobWork.BackupScope, _ recorder: RunRecorder) async throws -> BackupJob {
        guard let storage = configuration.storage else {
            throw RequestError(
                .configuration, "a backup needs 'storage:', which this configuration does not have", remedy: "run it on the registry host")
        }
        let source = BackupSource(
            database: try databaseSettings(), storage: storage.filesystem, fileSets: fileSets(job, recorder), secretKey: secretKeyPath(),
            excludedFolders: excludedFolders(storage.filesystem))
        var options = BackupOptions(version: Self.version)
        if case .database(let includingScanTables) = scope {
            options.isDatabaseOnly = true
            options.excludesScanTables = !includingScanTables
        }
        let vault = try await openVault(job.vault)
        var companions: [String: Vault] = [:]
        if !options.isDatabaseOnly {
            for name in Set(source.fileSets.map(\.vault)) where name != vault.name { companions[name] = try await openVault(name) }
        }
        return BackupJob(
            source: source, options: options, vault: vault, companions: companions,
            acknowledgements: try Acknowledgements(stateDirectory: configuration.stateDirectory), clock: wallClock)
    }

    /// How libpq reaches Harbor's database.
    func databaseSettings() throws -> PostgresSettings {
        guard let section = configuration.database else {
            throw RequestError(
                .configuration, "a backup needs 'database:', which this configuration does not have", remedy: "run it on the registry host")
        }
        let password = try section.password?.read(environment: environment).text.map { Postgres.Secret($0) }
        return PostgresSettings(
            host: section.host, port: section.port, database: section.name, user: section.user, password: password,
            sslmode: PostgresSettings.SSLMode(rawValue: section.tlsMode.rawValue), rootCertificate: section.rootCertificate?.string,
            clientCertificate: section.clientCertificate?.certificate.string,
            clientKey: try section.clientCertificate?.key.path(environment: environment).string)
    }

    private func fileSets(_ job: JobSection, _ recorder: RunRecorder) -> [BackupSource.FileSet] {
        let plan = configuration.fileSetPlan()
        for finding in plan.findings { recorder.note(Finding(.warning, "harbor_yml_unreadable", "\(finding)")) }
        let home = job.vault ?? configuration.defaultVault ?? ""
        return plan.sets.map { set in
            let optional = set.optionalPaths.filter { Folder.exists($0) || isFile($0) }
            return BackupSource.FileSet(name: set.name, paths: set.paths + optional, vault: set.vault ?? home)
        }
    }

    private func isFile(_ path: FilePath) -> Bool {
        (try? FileStatus(path)) != nil  // an optional path that cannot be examined is treated as absent
    }

    /// The key that harbor.yml implies, or the one that a set holds in an installation without a harbor.yml.
    private func secretKeyPath() -> FilePath? {
        if let path = configuration.fileSetPlan().secretKeyPath { return path }
        let candidates = configuration.files.flatMap(\.paths).flatMap { path in
            [path.appending("keys/secretkey"), path.appending("secretkey"), path]
        }
        return candidates.first { $0.lastComponent?.string == "secretkey" && isFile($0) }
    }

    private func excludedFolders(_ storage: FilePath) -> [FilePath] {
        let vaults = configuration.vaults.map { section in
            switch section.target {
            case .filesystem(let root): root
            }
        }
        return vaults + [storage, configuration.stateDirectory]
    }
}
