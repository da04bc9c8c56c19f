package import Foundation
import GRDB

extension SQLiteJournal {
    /// Runs that go in one transaction: some tens of milliseconds, after which others may write.
    private static let trimBatch = 500
    /// Runs that go in one call; what is left goes with the next.
    private static let trimLimit = 10_000

    /// Removes runs that ended (or, never started, were admitted) longer than `limits.age` before `now`, then the oldest beyond `limits.runs`.
    ///
    /// Unfinished runs and each job's newest success and newest start stay, and so do summaries. At most 10,000 runs go in one call,
    /// in transactions of 500; a failure leaves those that went before it gone. Returns how many went. Throws ``JournalError``.
    package func trim(_ limits: HistoryLimits, now: Date) throws -> Int {
        let oldest = now.addingTimeInterval(-limits.age.seconds).journalMicroseconds
        var removed = 0
        while removed < Self.trimLimit {
            let count = try write { db in
                let aged = try Self.removeAged(before: oldest, db)
                return aged > 0 ? aged : try Self.removeSurplus(beyond: max(limits.runs, 0), db)
            }
            removed += count
            // A batch by age that was not full may be followed by one by number.
            if count == 0 { break }
        }
        return removed
    }

    private static let isKept = """
        row IN (SELECT last_success_row FROM job_summaries WHERE last_success_row IS NOT NULL
            UNION SELECT last_start_row FROM job_summaries WHERE last_start_row IS NOT NULL)
        """

    private static func removeAged(before date: Int64, _ db: Database) throws -> Int {
        try run(
            db,
            """
            DELETE FROM runs WHERE row IN (
                SELECT row FROM runs WHERE state = 'ended' AND coalesce(finished, admitted) < ? AND NOT \(isKept)
                ORDER BY coalesce(finished, admitted) LIMIT ?)
            """, [date, trimBatch])
        return db.changesCount
    }

    private static func removeSurplus(beyond limit: Int, _ db: Database) throws -> Int {
        let count = try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM runs")) ?? 0
        guard count > limit else { return 0 }
        try run(
            db, "DELETE FROM runs WHERE row IN (SELECT row FROM runs WHERE state = 'ended' AND NOT \(isKept) ORDER BY row LIMIT ?)",
            [min(count - limit, trimBatch)])
        return db.changesCount
    }
}
