package import Foundation
import HarborAPI
import HarborDatabase
import JobEngine
import OCIImage
import Retention
import Synchronization
import Vault

extension RetentionJob {
    /// Clocks of Harbor's core and of its database may differ by this many seconds, and a push takes time.
    static let margin: TimeInterval = 300

    /// Carries a plan out: all guards first, then removals in waves, between which the registry is judged anew.
    func apply(_ plan: StoredPlan, _ approval: PlanApproval?, _ recorder: RunRecorder) async throws -> RunResult {
        try requireSettings(plan)
        guard !plan.totals.isEmpty else { return Self.result(recorder) }
        try await recorder.phase("checks") { try await checkHarbor() }
        let removals = try plan.removals()
        let journal = try RemovalJournal(archive.journalPath(plan.hash), plan: plan.hash, wallclock: access.wallclock)
        let cover = try await recorder.phase("vault") { try await self.cover(recorder) }
        let savedUntil = cover.recoveryPoint?.addingTimeInterval(-Self.margin)
        var world = try await recorder.phase("world") { try await judge(plan, removals, journal, savedUntil: savedUntil) }
        try requireUnchanged(world.outcome)
        try requireCaps(removals, world.outcome, recorder)
        try await recorder.phase("coverage") { [world] in try await requireCoverage(world, cover) }
        if world.age.elapsed >= Self.freshness {
            world = try await recorder.phase("world") { try await judge(plan, removals, journal, savedUntil: nil, withContents: false) }
            try requireUnchanged(world.outcome)
            try requireCaps(removals, world.outcome, recorder)
        }
        if var approval {
            approval.used = access.wallclock.now
            try archive.write(approval)
        }
        let context = RemovalContext(plan: plan, removals: removals, journal: journal)
        try await recorder.phase("removal") { [world] in try await remove(context, world, recorder) }
        return Self.result(recorder)
    }

    /// How the registry is now, against the plan.
    struct World: Sendable {
        let outcome: WorldCheck.Outcome
        /// What the artifacts that go consist of.
        let contents: [Digest: RepositoryName]
        /// The holds that were respected.
        let holds: [ImageHolds.Entry]
        /// Runs since the registry was looked at.
        let age: Stopwatch
    }

    /// Judges all repositories anew from a fresh snapshot, by pins and holds as they are now. Throws `settingsChanged` where Harbor's policies
    /// are no longer those of the plan.
    func judge(
        _ plan: StoredPlan, _ removals: [PlannedRemoval], _ journal: RemovalJournal, savedUntil: Date?, withContents: Bool = true
    ) async throws -> World {
        let age = Stopwatch(access.clock)
        let protection = try await readProtection()
        return try await access.withSnapshot { database, now in
            let rules = try await rules(protection, database, now)
            guard rules.fingerprint.policies == plan.header.policies else {
                throw UpkeepError(
                    .refused(.settingsChanged),
                    "retention policies or immutability rules in Harbor are no longer what plan \(plan.shortHash) was made from",
                    remedy: "make a new plan with 'opsd retention plan'")
            }
            let check = Mutex(WorldCheck(removals, planner: rules.makePlanner(), journal: journal, savedUntil: savedUntil))
            try await database.repositories { repository in check.withLock { $0.add(repository) } }
            let outcome = check.withLock { $0.finish() }.outcome
            let contents = withContents ? try await database.contents(of: outcome.going.sorted()) : [:]
            return World(outcome: outcome, contents: contents, holds: protection.holds.entries, age: age)
        }
    }

    // MARK: - Guards

    func checkHarbor() async throws {
        guard let isReadOnly = try await access.client.systemInfo().isReadOnly else {
            throw UpkeepError(
                .refused(.notPermitted), "Harbor does not accept the account's credential",
                remedy: "check the robot's full name and secret, and that it is neither disabled nor expired")
        }
        guard !isReadOnly else {
            throw UpkeepError(
                .refused(.readOnly), "Harbor is in its read-only mode, in which nothing can be removed",
                remedy: "see who switched it on, and switch it off in Harbor's settings when they are done")
        }
    }

    func cover(_ recorder: RunRecorder) async throws -> VaultCover {
        guard let vault else {
            throw UpkeepError(
                .refused(.uncovered), "the job has no vault that could be asked whether it has what would go",
                remedy: "give the job a vault")
        }
        let cover = try await VaultCover(vault, storage, recorder)
        guard let point = cover.recoveryPoint else {
            throw UpkeepError(
                .refused(.uncovered), "vault '\(vault.name)' has no complete snapshot", remedy: "run 'opsd run-now' for the backup first")
        }
        guard !Self.isAhead(point, of: access.wallclock.now) else {
            throw UpkeepError(
                .refused(.uncovered),
                "the newest complete snapshot in vault '\(vault.name)' is of \(PlanLine.time(point)), which is yet to come",
                remedy: "correct the clocks of this host and of Harbor's database, then run 'opsd run-now' for the backup")
        }
        return cover
    }

    /// Whether a snapshot claims a later time than clocks that differ a little explain: it does not say what was saved.
    package static func isAhead(_ recoveryPoint: Date, of now: Date) -> Bool { recoveryPoint > now.addingTimeInterval(margin) }

    func requireUnchanged(_ outcome: WorldCheck.Outcome) throws {
        guard !outcome.changes.isEmpty else { return }
        let changes = outcome.changes.sorted { $0.key < $1.key }.map(\.value)
        throw UpkeepError(
            .refused(.worldChanged),
            "\(changes.count) of the plan's artifacts are not what it was made from: \(Self.some(changes, 10, separator: "; "))",
            remedy: "make a new plan with 'opsd retention plan'")
    }

    /// Asked of the whole plan, also where a part of it is done: a plan that was cut in pieces is no smaller.
    func requireCaps(_ removals: [PlannedRemoval], _ outcome: WorldCheck.Outcome, _ recorder: RunRecorder) throws {
        let artifacts = removals.count { $0.extent == .artifact }
        let tags = removals.reduce(0) { $0 + ($1.extent == .tags ? $1.tags.count : 0) }
        let all = outcome.artifacts + outcome.done.count
        var violations: [CapViolation] = []
        if Double(artifacts) > settings.caps.share * Double(all) {
            violations.append(.share(removed: artifacts, of: all, cap: settings.caps.share))
        }
        if artifacts + tags > settings.caps.count { violations.append(.count(removed: artifacts + tags, cap: settings.caps.count)) }
        if !settings.caps.allowsEmptying, !outcome.emptied.isEmpty { violations.append(.repositoriesEmptied(outcome.emptied)) }
        for violation in violations.dropFirst() { recorder.note(Finding(.remark, violation.refusal.rawValue, violation.description)) }
        guard let first = violations.first else { return }
        throw UpkeepError(
            .refused(first.refusal), first.description, remedy: "look at the plan; if it is right, raise the cap in the job's configuration"
        )
    }

    func requireCoverage(_ world: World, _ cover: VaultCover) async throws {
        guard world.outcome.young.isEmpty else {
            throw UpkeepError(
                .refused(.uncovered),
                "\(world.outcome.young.count) artifacts were pushed after what vault '\(cover.vault.name)' saved last: \(Self.some(world.outcome.young, 5))",
                remedy: "run 'opsd run-now' for the backup first")
        }
        let absent = try await cover.absent(of: Array(world.contents.keys))
        guard !absent.isEmpty else { return }
        let counts = Dictionary(absent.compactMap { digest in world.contents[digest].map { ($0.description, 1) } }, uniquingKeysWith: +)
        let repositories = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) (\($0.value))" }
        throw UpkeepError(
            .refused(.uncovered),
            "\(absent.count) contents of \(repositories.count) repositories are not in vault '\(cover.vault.name)': \(Self.some(repositories, 5))",
            remedy: "run 'opsd run-now' for the backup first")
    }

    private static func some(_ texts: [String], _ limit: Int, separator: String = ", ") -> String {
        texts.prefix(limit).joined(separator: separator) + (texts.count > limit ? " and \(texts.count - limit) more" : "")
    }
}
