import LabServers
import OCIImage
import Testing
import Vault
import VaultLab

/// A writer dies at every call to its target in turn, before and after the call had its effect, and in the middle of every write.
@Suite("a run that dies at any call")
struct CrashOrderTests {
    private static let old = (0..<4).map { Array("old \($0)".utf8) }
    private static let new = old + (0..<3).map { Array("new \($0)".utf8) }
    private static let next = new + [Array("next".utf8)]

    /// A vault with two snapshots, and how many calls the third run makes.
    private static func rehearse() async throws -> (sample: SampleVault, calls: [FaultyTarget.Call]) {
        let sample = try await SampleVault.make()
        try await SampleRun.publish(1, Array(old.prefix(2)), in: try await sample.open())
        try await SampleRun.publish(2, old, in: try await sample.open())
        let copy = try sample.copy()
        let target = FaultyTarget(copy.target)
        let vault = try await copy.open(target: target)
        target.arm(nil)
        try await SampleRun.publish(3, new, in: vault)
        return (sample, target.calls)
    }

    /// What died, and what it left.
    private struct Wreck {
        let sample: SampleVault
        let fault: FaultyTarget.Fault
        /// The vault as the target shows it when the run is dead.
        let isPublished: Bool
    }

    /// Hands out a wreck for each call. A writer that loses its state leaves the same behind before a call as after the one before.
    private static func wrecks(losingState: Bool, _ body: (Wreck) async throws -> Void) async throws {
        let (sample, calls) = try await rehearse()
        let signature = try #require(calls.lastIndex(of: .finish(.snapshot(SampleRun.id(3), .signature)))) + 1
        #expect(signature == calls.count, "nothing is asked of the target after the signature")
        for call in 1...calls.count {
            var faults: [FaultyTarget.Fault] = [.dieAfter(call: call)]
            if !losingState || call == 1 { faults.append(.dieBefore(call: call)) }
            if !losingState, case .write = calls[call - 1] { faults.append(.tear(call: call)) }
            for fault in faults {
                let copy = try sample.copy()
                let target = FaultyTarget(copy.target)
                let vault = try await copy.open(target: target)
                target.arm(fault)
                let answer = await failure { try await SampleRun.publish(3, new, in: vault) }
                #expect(answer.code == .unavailable, "\(fault): \(answer.problem)")
                try await body(Wreck(sample: copy, fault: fault, isPublished: fault == .dieAfter(call: signature)))
            }
        }
    }

    /// Everything that the history promises is there, and nothing is promised twice.
    private static func judge(_ vault: Vault, _ fault: FaultyTarget.Fault, snapshots: [Int]) async throws -> SnapshotHistory {
        let history = try await vault.history()
        #expect(history.entries.map(\.manifest.snapshot) == (try snapshots.map { try SampleRun.id($0) }), "\(fault)")
        #expect(history.entries.map(\.manifest.sequence) == Array(1...snapshots.count), "\(fault)")
        #expect(history.rejected.isEmpty, "\(fault)")
        let report = try await vault.audit(reading: true)
        #expect(report.isSound, "\(fault): \(report.damaged) \(report.chainFindings)")
        var listed: [RandomID] = []
        for entry in history.entries {
            let objects = try await vault.objects(of: entry.manifest)
            listed += objects.packs
            for pack in try await vault.needs(of: entry.manifest, in: history) { #expect(listed.contains(pack), "\(fault)") }
        }
        #expect(Set(listed).count == listed.count, "a pack was adopted twice: \(fault)")
        return history
    }

    @Test("leaves the old history or the new one whole, and the next run goes on without a gap, adopting each pack once")
    func everyCall() async throws {
        try await Self.wrecks(losingState: false) { wreck in
            let vault = try await wreck.sample.open()
            _ = try await Self.judge(vault, wreck.fault, snapshots: wreck.isPublished ? [1, 2, 3] : [1, 2])
            let unpublished = try await vault.catalog.packs().filter { $0.state == .unpublished }
            let entry = try await SampleRun.publish(4, Self.next, in: vault)
            _ = try await Self.judge(vault, wreck.fault, snapshots: wreck.isPublished ? [1, 2, 3, 4] : [1, 2, 4])
            #expect(entry.manifest.counts.packsAdopted == (wreck.isPublished ? 0 : unpublished.count), "\(wreck.fault)")
            #expect(entry.manifest.counts.packsWritten == 1, "\(wreck.fault)")
            let packs = try await vault.catalog.packs()
            #expect(packs.allSatisfy { $0.state == .published }, "\(wreck.fault)")
            let located = try await vault.catalog.locate(Self.next.map { Digest(of: $0) }, soundPacks: try await vault.presentPacks())
            #expect(located.absent.isEmpty, "\(wreck.fault)")
            // What the catalog says is what a stranger to this host's state finds.
            let reader = try await wreck.sample.open(wreck.sample.readerKeys, state: "reader")
            try await reader.synchronizeCatalog(with: try await reader.history())
            #expect(Set(try await reader.catalog.packs().map(\.object)) == Set(packs.map(\.object)), "\(wreck.fault)")
        }
    }

    @Test("and loses its state as well, is rebuilt with the catalog identity alone, and goes on without a gap")
    func everyCallWithoutState() async throws {
        try await Self.wrecks(losingState: true) { wreck in
            var keys = wreck.sample.writerKeys
            keys.catalogIdentity = nil
            let blind = try await wreck.sample.open(keys, state: "blind")
            #expect(await failure { try await blind.synchronizeCatalog(with: try await blind.history()) }.code == .locked)

            let vault = try await wreck.sample.open(state: "rebuilt")
            let history = try await Self.judge(vault, wreck.fault, snapshots: wreck.isPublished ? [1, 2, 3] : [1, 2])
            #expect(try await vault.synchronizeCatalog(with: history) == history.entries.count)
            #expect(try await vault.synchronizeCatalog(with: history) == 0)
            let located = try await vault.catalog.locate(Self.new.map { Digest(of: $0) }, soundPacks: try await vault.presentPacks())
            #expect(located.absent.count == (wreck.isPublished ? 0 : 3), "\(wreck.fault)")
            let entry = try await SampleRun.publish(4, Self.next, in: vault)
            #expect(entry.manifest.counts.packsAdopted == 0 && entry.manifest.counts.packsWritten == 1)
            _ = try await Self.judge(vault, wreck.fault, snapshots: wreck.isPublished ? [1, 2, 3, 4] : [1, 2, 4])
        }
    }

    @Test("a call that fails once fails the run, and a new run of the same process succeeds")
    func failsOnce() async throws {
        let (sample, calls) = try await Self.rehearse()
        for call in stride(from: 1, through: calls.count, by: 3) {
            let copy = try sample.copy()
            let target = FaultyTarget(copy.target)
            let vault = try await copy.open(target: target)
            target.arm(.fail(call: call))
            #expect(await failure { try await SampleRun.publish(3, Self.new, in: vault) }.code == .unavailable)
            try await SampleRun.publish(4, Self.next, in: vault)
            _ = try await Self.judge(vault, .fail(call: call), snapshots: [1, 2, 4])
        }
    }

    @Test("a target that loses what it reported as durable is found out by the audit")
    func dropped() async throws {
        let (sample, calls) = try await Self.rehearse()
        let drops = calls.indices.filter { index in
            if case .finish = calls[index] { true } else { false }
        }
        #expect(drops.count == 7)
        for drop in drops {
            guard case .finish(let name) = calls[drop] else { continue }
            let copy = try sample.copy()
            let target = FaultyTarget(copy.target)
            let vault = try await copy.open(target: target)
            target.arm(.drop(call: drop + 1))
            try await SampleRun.publish(3, Self.new, in: vault)
            let report = try await vault.audit(reading: false)
            #expect(!report.isSound, "\(name)")
            let id = try SampleRun.id(3)
            if name == .snapshot(id, .manifest) || name == .snapshot(id, .signature) {
                #expect(report.chainFindings.count == 1, "\(name)")
            } else if name.packID != nil {
                #expect(report.damaged.map(\.problem) == ["missing"])
            } else {
                #expect(report.damaged.map(\.object) == ["\(name)"])
            }
        }
    }
}
