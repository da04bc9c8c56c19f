import ControlProtocol
import Foundation
import Testing

/// What other programs read: a key that is missing here was renamed, and breaks them.
@Suite("the keys of the contract")
struct ContractTests {
    @Test("a job")
    func job() throws {
        #expect(
            try keys(JobsDocument(jobs: [Samples.job])) == """
                jobs[].current_run jobs[].kind jobs[].last_duration_seconds jobs[].last_outcome jobs[].last_run jobs[].last_start \
                jobs[].last_success jobs[].missed_runs jobs[].name jobs[].next_run jobs[].pause.reason jobs[].pause.requested_by \
                jobs[].pause.since jobs[].pause.until jobs[].runs_total.failed jobs[].runs_total.succeeded jobs[].schedule \
                jobs[].timezone jobs[].vault
                """)
    }

    @Test("the status without its jobs and runs")
    func status() throws {
        let all = try keys(Samples.status).split(separator: " ").filter { !$0.hasPrefix("jobs[]") && !$0.hasPrefix("runs[]") }
        #expect(
            all.joined(separator: " ") == """
                attention[] configuration daemon.configuration_loaded daemon.is_ready daemon.pid daemon.problems[] daemon.reload_error \
                daemon.started daemon.version now objectives.rpo_seconds objectives.rto_seconds vaults[].bytes vaults[].chain_sequence \
                vaults[].name vaults[].objects vaults[].observed vaults[].oldest_unverified vaults[].recovery_point vaults[].rpo_seconds \
                vaults[].snapshots vaults[].target
                """)
    }

    @Test("a run in a list")
    func run() throws {
        #expect(
            try keys(RunsDocument(runs: [Samples.run])) == """
                runs[].admitted runs[].attempt runs[].exit_code runs[].failure runs[].finished runs[].id runs[].job runs[].kind \
                runs[].outcome runs[].phase runs[].requested_by runs[].requested_by_uid runs[].retry_of runs[].scheduled_for \
                runs[].seconds runs[].started runs[].state runs[].trigger runs[].vault runs[].waiting_for
                """)
    }

    @Test("a run with everything, and its report as run-now prints it")
    func document() throws {
        let all = try keys(Samples.document).split(separator: " ").filter { !$0.hasPrefix("run.") }
        #expect(
            all.joined(separator: " ") == """
                log[].level log[].text log[].time report.findings[].code report.findings[].message report.findings[].severity \
                report.finished report.job report.kind report.numbers.new_blobs report.outcome report.phases[].bytes \
                report.phases[].items report.phases[].name report.phases[].seconds report.recovery_point report.run \
                report.snapshots.main_vault report.started
                """)
    }

    @Test("an error, a request and an answer")
    func small() throws {
        #expect(try keys(Samples.error) == "error.code error.exit_code error.problem error.remedy error.run")
        #expect(try keys(PauseRequest(until: Samples.time, reason: "r")) == "reason until")
        #expect(try keys(StartedDocument(run: "r")) == "run")
    }

    @Test("lines of an event stream, without the run and its report")
    func events() throws {
        let all = try Samples.events.flatMap { try keys($0).split(separator: " ").map(String.init) }
        let own = Set(all.filter { !$0.hasPrefix("run.") && !$0.hasPrefix("report.") }).sorted()
        #expect(
            own.joined(separator: " ") == """
                bytes event items phase phase_report.bytes phase_report.items phase_report.name phase_report.seconds reason total_bytes
                """)
    }

    /// Paths of all values, sorted.
    private func keys(_ value: some Encodable) throws -> String {
        var found: Set<String> = []
        func visit(_ value: Any, _ path: String) {
            switch value {
            case let object as [String: Any]: for (key, member) in object { visit(member, path.isEmpty ? key : "\(path).\(key)") }
            case let list as [Any]: for element in list { visit(element, path + "[]") }
            default: found.insert(path)
            }
        }
        visit(try JSONSerialization.jsonObject(with: Data(try ControlJSON.encode(value))), "")
        return found.sorted().joined(separator: " ")
    }
}
