import JobEngine
import Retention
import Upkeep

extension Configuration {
    /// What may be lost by the jobs that delete.
    var deletionFindings: [ConfigurationFinding] {
        var findings: [ConfigurationFinding] = []
        for job in jobs {
            switch job.work {
            case .gc(let settings):
                findings += [requirementFinding(job)].compactMap(\.self)
                if !settings.requiresCoverage {
                    findings.append(
                        .init(
                            .deletesUncovered, .warning,
                            "job '\(job.name)' deletes blobs whether or not a vault holds them: a deleted image may be gone for good",
                            remedy: "remove 'coverage: ignored'"))
                }
            case .retention(let settings):
                findings += retentionFindings(job, settings)
            case .backup, .restoreDrill, .rescan, .pinCheck, .verify, .prune, .audit: break
            }
        }
        return findings
    }

    private func requirementFinding(_ job: JobSection) -> ConfigurationFinding? {
        guard job.requirement == nil else { return nil }
        return .init(
            .deletesWithoutRequirement, .warning, "job '\(job.name)' deletes whether or not a recent backup exists",
            remedy: "add 'requires: {complete_snapshot: 26h}'")
    }

    private func retentionFindings(_ job: JobSection, _ settings: RetentionSettings) -> [ConfigurationFinding] {
        var findings: [ConfigurationFinding] = []
        if settings.mode != .report { findings += [requirementFinding(job)].compactMap(\.self) }
        if pins == nil {
            findings.append(
                .init(
                    .noPins, .warning, "job '\(job.name)' does not know which images are running: the rules may remove one that is",
                    remedy: "add 'pins' with a file or a command that lists them"))
        }
        for member in settings.classes where member.keep.reliesOnPulls {
            findings.append(
                .init(
                    .keepsByPullsAlone, .warning,
                    "class '\(member.name)' of job '\(job.name)' keeps what is pulled and nothing else: an image goes before its first pull",
                    remedy: "add 'pushed_within' to its 'keep'"))
        }
        return findings
    }
}

extension RetentionClass.Keep {
    /// Whether an image that was never pulled has nothing that keeps it.
    fileprivate var reliesOnPulls: Bool { !all && pulledWithin != nil && last == nil && pushedWithin == nil }
}
