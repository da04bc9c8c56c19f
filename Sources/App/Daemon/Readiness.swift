import JobEngine
import LocalIO

/// Whether the daemon does what it is there for.
struct Readiness: Sendable {
    let state: DaemonState
    let engine: JobEngine
    let journal: any RunJournal

    /// What keeps it from being ready, in sentences; empty where it is. Writes to the journal to see whether that works.
    func problems() async -> [String] {
        var problems: [String] = []
        if !state.isUp { problems.append("opsd is still starting") }
        let picture = await engine.picture()
        if picture.isStopping { problems.append("opsd is stopping") }
        if picture.isLate { problems.append("the scheduler is late: something due was not started") }
        if picture.untoldEnds > 0 { problems.append("\(picture.untoldEnds) ends of runs could not be journaled yet") }
        do {
            try await onBlockingThread { try journal.checkWritable() }
        } catch {
            problems.append("the journal cannot be written: \(error)")
        }
        return problems
    }
}
