import Foundation
import JobEngine

/// The journal of an installation that has not run yet: nothing is in it, and nothing can be.
struct UnwrittenJournal: RunJournal {
    func commit(_ entries: [JournalEntry]) throws {
        throw JournalError(.absent, "there is no journal yet")
    }
    func unfinishedRuns() -> [RunRecord] { [] }
    func timetables() -> [String: Timetable] { [:] }
    func pauses() -> [Pause] { [] }
    func holds() -> [Hold] { [] }
    func summaries() -> [String: JobSummary] { [:] }
    func vaultFacts() -> [String: VaultFacts] { [:] }
    func runs(of job: String?, limit: Int) -> [RunRecord] { [] }
    func runs(withPrefix prefix: String, limit: Int) -> [RunRecord] { [] }
    func details(of run: RunID) -> RunDetails? { nil }
    func trim(_ limits: HistoryLimits, now: Date) -> Int { 0 }
    func checkWritable() throws { try commit([]) }
}
