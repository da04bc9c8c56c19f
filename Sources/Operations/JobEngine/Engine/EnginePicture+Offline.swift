package import Foundation
package import SystemPackage

extension EnginePicture {
    /// What the journal alone says while no engine lives. No job has a next start, since nothing will start it.
    ///
    /// A run whose lock some process of this host holds is under way there; any other is shown as it is, with the reason that it was left
    /// behind: the next engine ends it. Blocks on the journal, and throws what it throws.
    package static func offline(
        definitions: [JobDefinition], journal: any RunJournal, stateDirectory: FilePath, now: Date
    ) throws -> EnginePicture {
        let unfinished = try journal.unfinishedRuns().map { record in
            let isAlive = RunLock.isHeld(by: record.id, job: record.job, stateDirectory: stateDirectory)
            return Run(record: record, phase: nil, reason: isAlive ? nil : "left behind: the process that ran it is gone")
        }
        let inForce = try journal.pauses().filter { $0.until > now }
        return EnginePicture(
            jobs: definitions, runs: unfinished.filter { $0.reason == nil } + unfinished.filter { $0.reason != nil }, nextStarts: [:],
            pauses: Dictionary(inForce.map { ($0.job, $0) }) { first, _ in first }, lastTurn: nil, isLate: false, isStopping: false,
            untoldEnds: 0, isTurning: false)
    }
}
