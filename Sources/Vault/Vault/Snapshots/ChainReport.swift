/// Whether each signer's chain of manifests is whole (format, section 9). Pure: it reads what others verified.
package struct ChainReport: Sendable, Equatable {
    /// Something that a chain should not show.
    package enum Finding: Sendable, Equatable, CustomStringConvertible {
        /// A member is missing and no expiry record names it.
        case gap(signer: String, after: Int, before: Int)
        /// Two manifests carry one sequence.
        case fork(signer: String, sequence: Int, snapshots: [SnapshotID])
        /// A manifest names another predecessor than the one that is there.
        case brokenLink(signer: String, snapshot: SnapshotID)
        /// This host saw a higher sequence than the vault shows now.
        case rolledBack(signer: String, seen: Int, present: Int)

        /// A sentence that names the signer and the sequences.
        package var description: String {
            switch self {
            case .gap(let signer, let after, let before):
                "the chain of \(signer) has no member between \(after) and \(before), and no expiry record names one"
            case .fork(let signer, let sequence, let snapshots):
                "the chain of \(signer) has \(snapshots.count) members with sequence \(sequence): \(snapshots.map(\.description).joined(separator: ", "))"
            case .brokenLink(let signer, let snapshot):
                "snapshot \(snapshot) of \(signer) names another predecessor than the one in the vault"
            case .rolledBack(let signer, let seen, let present):
                "the chain of \(signer) ends at \(present), but this host has seen \(seen): the newest snapshots were removed"
            }
        }
    }

    /// Gaps, forks and rollbacks; empty where every chain is whole.
    package let findings: [Finding]

    /// Judges `entries` (of any order); `expired` are the snapshots that trusted expiry records name; `seen` what this host remembers.
    package init(_ entries: [SnapshotHistory.Entry], expired: Set<SnapshotID>, seen: [String: HeadMemory.Head]) {
        var findings: [Finding] = []
        let chains = Dictionary(grouping: entries, by: \.manifest.signer)
        // A record names what may be missing, not whose it was: each absent snapshot that one names can cover one missing member.
        var absent = expired.subtracting(entries.map(\.manifest.snapshot)).count
        for (signer, members) in chains.sorted(by: { $0.key < $1.key }) {
            findings += Self.judge(signer, members, expired, &absent)
        }
        for (signer, head) in seen.sorted(by: { $0.key < $1.key }) {
            let present = chains[signer]?.map(\.manifest.sequence).max() ?? 0
            if present < head.sequence, !expired.contains(head.snapshot) {
                findings.append(.rolledBack(signer: signer, seen: head.sequence, present: present))
            }
        }
        self.findings = findings
    }

    private static func judge(
        _ signer: String, _ members: [SnapshotHistory.Entry], _ expired: Set<SnapshotID>, _ absent: inout Int
    ) -> [Finding] {
        var findings: [Finding] = []
        var before: [SnapshotHistory.Entry] = []
        var last = 0
        for (sequence, same) in Dictionary(grouping: members, by: \.manifest.sequence).sorted(by: { $0.key < $1.key }) {
            let same = same.sorted { $0.manifest.snapshot < $1.manifest.snapshot }
            if same.count > 1 {
                findings.append(.fork(signer: signer, sequence: sequence, snapshots: same.map(\.manifest.snapshot)))
            }
            if sequence - last == 1 {
                for entry in same where !Self.follows(entry, before) {
                    findings.append(.brokenLink(signer: signer, snapshot: entry.manifest.snapshot))
                }
            } else {
                let missing = sequence - last - 1
                let isNamed = same.contains { $0.manifest.previous.map { expired.contains($0.snapshot) } == true }
                if isNamed, missing > 0, missing <= absent {
                    absent -= missing
                } else {
                    findings.append(.gap(signer: signer, after: last, before: sequence))
                }
            }
            before = same
            last = sequence
        }
        return findings
    }

    /// Whether `entry` names one of the members before it, and the first of a chain none.
    private static func follows(_ entry: SnapshotHistory.Entry, _ before: [SnapshotHistory.Entry]) -> Bool {
        guard let previous = entry.manifest.previous else { return before.isEmpty }
        return before.contains { $0.manifest.snapshot == previous.snapshot && $0.sha256 == previous.sha256 }
    }
}
