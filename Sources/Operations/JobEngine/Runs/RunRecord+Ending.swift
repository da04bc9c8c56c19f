package import Foundation

extension RunRecord {
    /// The run as it stands once it ended without its work having said so: dropped, skipped, or left behind by a dead process.
    package func ended(_ outcome: RunOutcome, at date: Date, because reason: String) -> RunRecord {
        var record = self
        record.state = .ended(outcome)
        record.finished = date
        record.failure = reason
        record.exitCode = outcome.exitCode
        return record
    }

    /// The report of a run of which nothing else is known. It starts where the run did, else where it was admitted.
    package func report(_ outcome: RunOutcome, findings: [Finding] = []) -> RunReport {
        var report = RunReport(run: id, job: job, kind: kind.rawValue, started: started ?? admitted)
        report.outcome = outcome
        report.findings = findings
        return report
    }
}

extension JournalEntry {
    /// The end of a run whose process is gone.
    static func leftBehind(_ record: RunRecord, at date: Date) -> JournalEntry {
        .ended(record.ended(.interrupted, at: date, because: "the process that ran it ended"), record.report(.interrupted))
    }
}
