import Foundation
import JobEngine
import Jobs
import LocalIO
import Postgres
import RegistryStorage
import SystemPackage
import Upkeep
import Vault

extension Installation {
    /// Does the work of a job of the configuration as run `id`, under whatever lock and deadline the caller holds.
    func work(_ jobName: String, _ id: RunID, _ recorder: RunRecorder, _ holds: HoldLedger) async throws -> RunResult {
        guard let job = configuration.jobs.first(where: { $0.name == jobName }) else { throw unknownJob(jobName) }
        return try await onBlockingThread { try await perform(job, id, recorder, holds) }
    }

    /// A request for a job that the configuration does not have.
    package func unknownJob(_ name: String) -> RequestError {
        let names = configuration.jobs.map(\.name).joined(separator: ", ")
        return RequestError(
            .usage, "the configuration has no job '\(name)'", remedy: names.isEmpty ? "add it under 'jobs:'" : "it has \(names)")
    }

    private func perform(
        _ job: JobSection, _ id: RunID, _ recorder: RunRecorder, _ holds: HoldLedger
    ) async throws -> RunResult {
        switch job.work {
        case .backup(let scope):
            let backup = try await backup(job, scope, recorder)
            let result = try await backup.run(id, recorder: recorder, hold: collectionHold(holds))
            let vaults = [backup.vault] + backup.companions.values
            return RunResult(
                outcome: result.outcome, snapshots: result.snapshots.mapValues(\.description),
                recoveryPoint: result.isComplete ? result.recoveryPoint : nil, vaults: await facts(of: vaults, recorder))
        case .verify(let share):
            let vault = try await openVault(job.vault)
            let verified = try await VerifyJob(vault: vault, clock: wallclock)
                .run(share: VerifyShare(part: share.part, whole: share.whole), recorder: recorder)
            return RunResult(outcome: verified.isSound ? .succeeded : .partial, vaults: await facts(of: [vault], recorder))
        case .audit(let reading):
            let vault = try await openVault(job.vault)
            let audit = try await recorder.phase("audit") {
                try await vault.audit(reading: reading) { recorder.advance(bytes: $0, items: 1) }
            }
            for damage in audit.damaged { recorder.note(Finding(.warning, "damaged", "\(damage.object): \(damage.problem)")) }
            for finding in audit.chainFindings { recorder.note(Finding(.warning, "chain", finding)) }
            return RunResult(outcome: audit.isSound ? .succeeded : .partial, vaults: await facts(of: [vault], recorder))
        case .rescan(let settings): return try await rescanJob(settings).run(id, recorder: recorder)
        case .gc:
            return try await keepingOwner(of: stateNames(of: job)) { try await collectionJob(job).run(id, recorder: recorder) }
        case .retention:
            return try await keepingOwner(of: stateNames(of: job)) { try await retentionJob(job).run(id, recorder: recorder) }
        case .pinCheck: return try await pinCheckJob().run(id, recorder: recorder)
        case .restoreDrill, .prune:
            throw RequestError(
                .configuration, "this version of opsd cannot run jobs of kind '\(job.kind.rawValue)' yet",
                remedy: "take job '\(job.name)' out of the configuration")
        }
    }

    /// What the vaults are like after a run. The run is done: a vault that cannot be looked at now costs the facts, and is said.
    private func facts(of vaults: [Vault], _ recorder: RunRecorder) async -> [VaultFacts] {
        var facts: [VaultFacts] = []
        for vault in vaults {
            do {
                facts.append(try await self.facts(of: vault))
            } catch {
                recorder.note(Finding(.remark, "vault_not_measured", "vault '\(vault.name)' could not be measured after the run: \(error)"))
            }
        }
        return facts
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
            acknowledgements: try Acknowledgements(stateDirectory: configuration.stateDirectory), clock: wallclock)
    }

    /// How libpq reaches Harbor's database.
    func databaseSettings() throws -> PostgresSettings {
        guard let section = configuration.database else {
            throw RequestError(
                .configuration, "this needs 'database:', which the configuration does not have", remedy: "run it on the registry host")
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
