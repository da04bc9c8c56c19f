import Foundation
import Logging

extension BoardAction {
    /// Says what becomes of runs without anybody's asking; silent for the rest, which is said where it is done.
    func tell(_ logger: Logger) {
        switch self {
        case .journal, .start, .cancel, .answer: break
        case .dropped(let record):
            logger.notice("run dropped", metadata: Self.metadata(record, ["run.failure": "\(record.failure ?? "")"]))
        case .retried(let run, let ticket, let pause):
            logger.notice(
                "run will be retried",
                metadata: Self.metadata(
                    ticket.record, ["run.retry_of": "\(run)", "retry.pause": "\(pause)", "run.attempt": "\(ticket.record.attempt)"]))
        case .clockCorrected(let seconds):
            logger.warning("wall clock went back, schedules start anew from its time", metadata: ["clock.step": "\(Int64(seconds)) s"])
        case .missed(let job, let count, let last):
            logger.warning(
                "scheduled runs were missed",
                metadata: ["job.name": "\(job)", "missed.count": "\(count)", "missed.last": "\(last.formatted(.iso8601))"])
        case .skipped(let record, let reason):
            logger.notice("run skipped", metadata: Self.metadata(record, ["run.failure": "\(reason)"]))
        case .interrupted(let record):
            logger.warning("run was interrupted", metadata: Self.metadata(record, ["run.failure": "\(record.failure ?? "")"]))
        }
    }

    private static func metadata(_ record: RunRecord, _ more: Logger.Metadata) -> Logger.Metadata {
        more.merging(["run.id": "\(record.id)", "job.name": "\(record.job)"]) { first, _ in first }
    }
}
