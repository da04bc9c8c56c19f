package import Foundation
package import HarborDatabase
package import JobEngine
package import OCIImage

/// What Harbor's garbage collection would delete now, from one snapshot of the database, and all that speaks for or against it.
package struct CollectionPlan: Sendable {
    /// Which of the candidates a vault has.
    package enum Coverage: Sendable, Equatable {
        /// Nobody asked for it.
        case ignored
        /// The job has no vault that could be asked.
        case noVault
        /// In no sound pack that a signed snapshot lists, though the registry's storage has it; ordered by digest.
        case lacking([Digest])
    }

    /// A candidate that a pinned image needs.
    package struct PinnedCandidate: Sendable, Equatable {
        /// The image, as its list has it, and the list's name.
        package let pin: String
        /// What would go.
        package let digest: Digest

        /// States a need.
        package init(pin: String, digest: Digest) {
            self.pin = pin
            self.digest = digest
        }
    }

    /// The snapshot's time by the database's clock.
    package let takenAt: Date
    /// The limits that it is judged by.
    package let settings: CollectionSettings
    /// What goes, ordered by digest.
    package var candidates: [GarbageBlob] = []
    /// Artifacts that go first, since they have no tag.
    package var untagged: [UntaggedArtifact] = []
    /// What the rows say beside.
    package var state = GarbageState()
    /// Harbor's read-only mode is on, in which a collection ends half way.
    package var isReadOnly = false
    /// Which of the candidates the vault has.
    package var coverage = Coverage.ignored
    /// Needs of pinned images.
    package var pinned: [PinnedCandidate] = []
    /// The lists of pins; nil where none are configured.
    package var pins: PinList?
    /// What does not stop a run and should be known.
    package var findings: [Finding] = []

    /// A plan without candidates.
    package init(takenAt: Date, settings: CollectionSettings) {
        self.takenAt = takenAt
        self.settings = settings
    }

    /// What the candidates take, by Harbor's rows.
    package var bytes: Int64 { candidates.reduce(0) { $0 + $1.size } }
    /// Of all contents, those that go; 0 where there are none.
    package var share: Double { state.blobs == 0 ? 0 : Double(candidates.count) / Double(state.blobs) }
    /// Candidates by why they go.
    package var reasons: [GarbageBlob.Reason: Int] { Dictionary(candidates.map { ($0.reason, 1) }, uniquingKeysWith: +) }
    /// Manifests among the candidates.
    package var manifests: Int { candidates.count(where: \.isManifest) }
    /// Candidates that the vault lacks.
    package var uncovered: [Digest] {
        switch coverage {
        case .ignored, .noVault: []
        case .lacking(let digests): digests
        }
    }

    /// Every guard that says no, the gravest first; none lets a run go on.
    package var refusals: [UpkeepError] { [readOnly, needed, pinnedNeed, uncoveredPart, tooLarge, tooMany].compactMap(\.self) }

    private var readOnly: UpkeepError? {
        guard isReadOnly else { return nil }
        return UpkeepError(
            .refused(.readOnly), "Harbor is in its read-only mode, in which a collection ends half way",
            remedy: "see who switched it on, and switch it off in Harbor's settings when they are done")
    }

    private var needed: UpkeepError? {
        let needed = candidates.filter(\.isNeeded)
        guard !needed.isEmpty else { return nil }
        return UpkeepError(
            .refused(.needed),
            "artifacts that stay need \(needed.count) of the contents that Harbor's rows give to a collection: \(Self.some(needed.map { "\($0.digest)" }))",
            remedy: "do not collect by hand either; push these images again, which mends their rows")
    }

    private var pinnedNeed: UpkeepError? {
        guard !pinned.isEmpty else { return nil }
        let images = Set(pinned.map(\.pin)).sorted()
        return UpkeepError(
            .refused(.pinned), "\(images.count) pinned images need contents that would go: \(Self.some(images))",
            remedy: "tag or push these images again, or take them off their list of pins")
    }

    private var uncoveredPart: UpkeepError? {
        switch coverage {
        case .ignored: nil
        case .noVault:
            candidates.isEmpty
                ? nil
                : UpkeepError(
                    .refused(.uncovered), "no vault can be asked whether it has what would go",
                    remedy: "give the job a vault, or set 'coverage: ignored'")
        case .lacking(let digests):
            digests.isEmpty
                ? nil
                : UpkeepError(
                    .refused(.uncovered),
                    "\(digests.count) of \(candidates.count) contents that would go are not in the vault: \(Self.some(digests.map(\.description)))",
                    remedy: "run 'opsd run-now backup' first; what no backup ever stores can go with 'coverage: ignored'")
        }
    }

    private var tooLarge: UpkeepError? {
        guard share > settings.share else { return nil }
        return UpkeepError(
            .refused(.share),
            "\(Self.percent(share)) of all contents would go (\(candidates.count) of \(state.blobs)), and \(Self.percent(settings.share)) are the most that may",
            remedy: "look at 'opsd gc plan'; if it is right, raise 'max_share' for this run")
    }

    private var tooMany: UpkeepError? {
        guard candidates.count > settings.count else { return nil }
        return UpkeepError(
            .refused(.count), "\(candidates.count) contents would go, and \(settings.count) are the most that may",
            remedy: "look at 'opsd gc plan'; if it is right, raise 'max_blobs' for this run")
    }

    private static func some(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }

    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}
