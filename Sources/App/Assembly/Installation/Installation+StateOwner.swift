import Glibc
import LocalIO

extension Installation {
    /// What jobs of the upkeep leave in the state directory: logs of collections, plans, and what is known of the vault.
    func stateNames(of job: JobSection) -> [String] { ["gc", "plans"] + (job.vault.map { ["vaults", "vaults/\($0)"] } ?? []) }

    /// Does `work`, which makes files or folders of these names in the state directory, and gives what root made so to the directory's owner:
    /// the daemon could not open it otherwise.
    func keepingOwner<Value>(of names: [String], _ work: () throws -> Value) throws -> Value {
        let value = try work()
        try handOver(names)
        return value
    }

    /// As ``keepingOwner(of:_:)``.
    func keepingOwner<Value>(of names: [String], _ work: () async throws -> Value) async throws -> Value {
        let value: Value
        do {
            value = try await work()
        } catch {
            try? handOver(names)  // what failed first is what has to be told
            throw error
        }
        try handOver(names)
        return value
    }

    private func handOver(_ names: [String]) throws {
        guard geteuid() == 0 else { return }
        try Folder.handOver(names, in: configuration.stateDirectory)
    }
}
