import Foundation
import SystemPackage

extension Installation {
    /// How long one group of checks (a database, a vault, a file set) may take.
    static let liveCheckLimit = Duration.seconds(15)

    /// Tries everything that the configuration names and answers with a row for each attempt. Never throws: what fails is a row.
    ///
    /// Read-only but for one temporary file in the state directory and, at most once a day and vault, a probe object. Groups run at once, each
    /// with `limit` by the injected clock; one that does not answer is given up and leaves a thread behind (see ``TimeLimit``), so this belongs
    /// into a process that ends afterwards.
    package func liveChecks(limit: Duration = Installation.liveCheckLimit) async -> LiveCheckReport {
        // The probe remembers itself in the state directory, so what is wrong there is known before.
        var rows = await checked(.stateDirectory, configuration.stateDirectory.string, limit) { self.stateDirectoryChecks() }
        let groups = liveCheckGroups()
        rows += await withTaskGroup(of: (Int, [LiveCheck]).self) { tasks in
            for (index, group) in groups.enumerated() {
                tasks.addTask { (index, await self.checked(group.name, group.target, limit, group.work)) }
            }
            var found: [Int: [LiveCheck]] = [:]
            for await (index, rows) in tasks { found[index] = rows }
            return groups.indices.flatMap { found[$0] ?? [] }
        }
        return LiveCheckReport(checks: rows)
    }

    /// Checks that use one thing, and hang together where that hangs.
    private struct Group: Sendable {
        let name: LiveCheck.Name
        let target: String
        let work: @Sendable () async -> [LiveCheck]
    }

    private func liveCheckGroups() -> [Group] {
        var groups = [
            Group(name: .controlSocket, target: configuration.controlSocket.string) { self.controlSocketChecks() },
            Group(name: .listen, target: configuration.listen.address.description) { self.listenChecks() },
        ]
        if let harbor = configuration.harbor {
            let check = HarborLiveCheck(installation: self, section: harbor)
            groups.append(Group(name: .harbor, target: check.target) { await check.rows() })
        }
        if let database = configuration.database {
            let check = DatabaseLiveCheck(installation: self, section: database)
            groups.append(Group(name: .database, target: check.target) { await check.rows() })
        }
        if let storage = configuration.storage {
            let check = StorageLiveCheck(root: storage.filesystem)
            groups.append(Group(name: .storage, target: storage.filesystem.string) { check.rows() })
        }
        if !configuration.files.isEmpty {
            groups.append(
                Group(name: .files, target: "file sets") { FileSetLiveCheck(plan: self.configuration.fileSetPlan()).rows() })
        }
        for vault in configuration.vaults {
            let check = VaultLiveCheck(installation: self, section: vault)
            groups.append(Group(name: .vault, target: vault.name) { await check.rows() })
        }
        return groups
    }

    private func checked(
        _ name: LiveCheck.Name, _ target: String, _ limit: Duration, _ work: @escaping @Sendable () async -> [LiveCheck]
    ) async -> [LiveCheck] {
        if let rows = await TimeLimit.run(limit, clock: clock, work) { return rows }
        let remedy = "see whether its server, disk or network mount answers, then check again"
        let detail = Task.isCancelled ? "the check was interrupted" : "no answer within \(DurationText.text(limit)), given up"
        return [LiveCheck(name, target, .failed(.unreachable, remedy: remedy), detail)]
    }
}
