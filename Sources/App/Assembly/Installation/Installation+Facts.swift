import Foundation
package import JobEngine
import LocalIO
package import Vault

extension Installation {
    /// What a vault is like now: its verified history, its packs and what was verified of them. Reads the target; changes nothing.
    package func facts(of vault: Vault) async throws -> VaultFacts {
        let now = now
        return try await onBlockingThread {
            let history = try await vault.history()
            let sizes = try await vault.packSizes()
            var facts = VaultFacts(vault: vault.name, observed: now)
            facts.isWhole = true
            facts.recoveryPoint = history.latestComplete?.manifest.recoveryPoint
            facts.snapshots = history.entries.count
            facts.objects = sizes.count
            facts.bytes = sizes.values.reduce(0, +)
            for folder in [ObjectFolder.index, .snapshots] {
                let listing = try await vault.target.list(folder)
                facts.objects = (facts.objects ?? 0) + listing.count
                facts.bytes = (facts.bytes ?? 0) + listing.reduce(0) { $0 + $1.size }
            }
            facts.chainSequence = history.heads.values.map(\.sequence).max()
            if let oldest = try await vault.catalog.packsByVerification().first {
                // A pack that was never verified is as old as the oldest snapshot at most: the bound that alarms too early rather than too late.
                facts.oldestUnverified =
                    oldest.verified.map { Date(timeIntervalSince1970: TimeInterval($0)) } ?? history.entries.first?.manifest.recoveryPoint
            }
            return facts
        }
    }

    /// As ``facts(of:)``, for every vault of the configuration that can be opened here; the others are named with the reason.
    package func observeVaults() async -> (facts: [VaultFacts], failures: [String: any Error]) {
        var facts: [VaultFacts] = []
        var failures: [String: any Error] = [:]
        for section in configuration.vaults {
            do {
                facts.append(try await self.facts(of: try await openVault(section.name)))
            } catch {
                failures[section.name] = error
            }
        }
        return (facts, failures)
    }
}
