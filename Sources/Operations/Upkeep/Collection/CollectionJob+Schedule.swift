import CronSchedule
import Foundation
import HarborAPI
import HarborDatabase
import JobEngine
import Retention

extension CollectionJob {
    /// Harbor begins a job within this time after it is due.
    private static let punctuality: TimeInterval = 3600

    /// Collections that Harbor remembers.
    private static let historyLimit = 50

    /// What is wrong with Harbor's own schedule of collections. What this account may not ask, or cannot read, is said and
    /// stops nothing.
    func scheduleFindings(_ database: HarborDatabase, _ now: Date) async throws -> [Finding] {
        let stored = try await database.schedules().filter { $0.vendor == "GARBAGE_COLLECTION" }
        let told: HarborSchedule?
        let runs: [CollectionRun]
        let since: Date?
        do {
            told = try await access.client.collectionSchedule()
            runs = try await access.client.collections(limit: Self.historyLimit)
            since = told == nil ? nil : try await access.client.schedules().first { $0.vendorType == "GARBAGE_COLLECTION" }?.updated
        } catch let error as HarborAPIError {
            guard !error.isRetryable, error.code != .unauthorized else { throw error }
            return [Finding(.remark, "gc_schedule_unknown", "whether Harbor also collects by itself cannot be told: \(error)")]
        }
        guard let told else {
            guard !stored.isEmpty else { return [] }
            return [
                Finding(
                    .warning, "gc_schedule_lost",
                    "Harbor's database has a schedule of garbage collections, and its API has none. \(Self.renew)")
            ]
        }
        return Self.judge(cron: told.cron, since: since, cacheHost: stored.first?.cacheHost, runs: runs, now: now)
    }

    /// `runs` are Harbor's, newest first, and `since` is when the schedule was last changed; nil where that cannot be told.
    static func judge(cron: String, since: Date?, cacheHost: String?, runs: [CollectionRun], now: Date) -> [Finding] {
        var findings = [
            Finding(
                .remark, "gc_schedule_own",
                "Harbor also collects by itself ('\(cron)'), without the guards of this job. Hint: set its schedule to None in Harbor")
        ]
        let scheduled = runs.filter { $0.kind == .schedule && !$0.isDryRun }
        // Of a history that is full, what went before its oldest entry is forgotten.
        let horizon = runs.count < historyLimit ? Date.distantPast : runs.last?.created ?? .distantPast
        if let since, let missed = lastDue(cron, before: now.addingTimeInterval(-punctuality)), missed > max(since, horizon),
            !scheduled.contains(where: { ($0.created ?? .distantPast) >= missed.addingTimeInterval(-60) })
        {
            findings.append(
                Finding(
                    .warning, "gc_schedule_lost",
                    "Harbor's own garbage collection was due at \(missed.formatted(.iso8601)) and did not begin: its job service lost the schedule. \(renew)"
                ))
        }
        if let last = scheduled.first(where: { $0.status.isFinal }), last.status == .error,
            runs.contains(where: { $0.kind == .manual && !$0.isDryRun && $0.status == .success })
        {
            let host = cacheHost.map { " (\($0))" } ?? ""
            findings.append(
                Finding(
                    .warning, "gc_schedule_stale",
                    "Harbor's own garbage collections fail while those by hand succeed: the schedule keeps the address of the cache\(host) from when it was made. \(renew)"
                ))
        }
        return findings
    }

    private static let renew = "Hint: save the schedule again in Harbor (Clean Up), which makes it anew, or set it to None"

    private static func lastDue(_ cron: String, before date: Date) -> Date? {
        // A schedule that cannot be read is one that Harbor would not have taken: nothing can be said of it.
        (try? HarborCronExpression(parsing: cron))?.previous(before: date)
    }
}

extension PinSettings {
    /// Reads these lists for the registry that `access` reaches.
    func reader(_ access: HarborAccess) -> PinReader { PinReader(settings: self, access: access) }
}
