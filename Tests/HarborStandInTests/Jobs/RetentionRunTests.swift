import Foundation
import HarborLab
import Testing

@testable import HarborStandIn

@Suite("retention", .enabled(if: HarborLab.available(), JobBench.skipReason))
struct RetentionRunTests {
    private static func policy(project: Int, repository: String, tag: String, cron: String = "") -> String {
        #"""
        {"algorithm":"or","scope":{"level":"project","ref":\#(project)},"trigger":{"kind":"Schedule","settings":{"cron":"\#(cron)"}},
        "rules":[{"disabled":false,"action":"retain","template":"always","params":{},"tag_selectors":[{"kind":"doublestar",
        "decoration":"matches","pattern":"\#(tag)","extras":"{\"untagged\":false}"}],"scope_selectors":{"repository":[
        {"kind":"doublestar","decoration":"repoMatches","pattern":"\#(repository)"}]}}]}
        """#
    }

    /// Runs a policy; answers its tasks and their logs.
    private static func run(_ bench: JobBench, policy: Int, isDryRun: Bool) async throws -> [(task: JSONValue, log: String)] {
        let answer = try await bench.call("POST", "/retentions/\(policy)/executions", body: #"{"dry_run":\#(isDryRun)}"#)
        #expect(answer.status == 201)
        try await bench.jobs.waitUntilIdle()
        let path = String(try #require(answer.header("Location")).dropFirst("/api/v2.0".count)) + "/tasks"
        var tasks: [(JSONValue, String)] = []
        for task in try await bench.document("GET", path).array ?? [] {
            let log = try await bench.call("GET", "\(path)/\(try #require(task["id"]?.integer))")
            tasks.append((task, String(decoding: log.body, as: UTF8.self)))
        }
        return tasks
    }

    @Test("says in a dry run what it does in a real one, with accessories and children")
    func run() async throws {
        try await JobBench.run { bench in
            let answer = try await bench.call("POST", "/retentions", body: Self.policy(project: 1, repository: "multi", tag: "none*"))
            #expect(answer.header("Location")?.hasPrefix("/api/v2.0/retentions/") == true)
            let id = try #require(answer.header("Location")?.split(separator: "/").last.flatMap { Int($0) })
            let rows = "SELECT count(*) FROM artifact WHERE repository_name = 'library/multi'"
            let dry = try await Self.run(bench, policy: id, isDryRun: true)
            #expect(dry.count == 1 && dry[0].task["repository"] == "multi" && dry[0].log.contains(" DEL "))
            #expect(try bench.lab.sql(rows) == "3")
            let real = try await Self.run(bench, policy: id, isDryRun: false)
            #expect(real[0].task["total"] == 1 && real[0].task["retained"] == 0 && real[0].task["status"] == "Success")
            #expect(try bench.lab.sql(rows) == "0")
            #expect(try bench.lab.sql("SELECT count(*) FROM artifact_trash WHERE repository_name = 'library/multi'") == "3")
            #expect(
                try bench.lab.sql("SELECT count(*) FROM audit_log_ext WHERE operation = 'delete' AND username = 'harbor-jobservice'") == "1"
            )
        }
    }

    @Test("keeps immutable tags; in a nested repository only core does, so that the dry run says too much")
    func immutable() async throws {
        try await JobBench.run { bench in
            try bench.lab.pushImage(project: "team-a", repository: "flat", tags: ["v1"], layers: ["flat\n"])
            try bench.lab.sql(
                #"UPDATE immutable_tag_rule SET tag_filter = replace(tag_filter, '"pattern":"**"', '"pattern":"{flat,web/*}"')"#)
            _ = try await bench.call("PUT", "/retentions/1", body: Self.policy(project: 2, repository: "**", tag: "none*"))
            let dry = try await Self.run(bench, policy: 1, isDryRun: true)
            let real = try await Self.run(bench, policy: 1, isDryRun: false)
            let fates = { (tasks: [(task: JSONValue, log: String)], name: String) in
                tasks.first { $0.task["repository"]?.text == name }.map { task in
                    ["IMMUTABLE", "ERR", "DEL", "RETAIN"].filter { task.log.contains(" \($0) ") }
                }
            }
            #expect(fates(dry, "flat") == ["IMMUTABLE"] && fates(real, "flat") == ["IMMUTABLE"])
            #expect(fates(dry, "web/server") == ["DEL"] && fates(real, "web/server") == ["ERR", "DEL"])
            #expect(try bench.lab.sql("SELECT count(*) FROM tag WHERE name IN ('v1', 'v1.2.3')") == "2")
        }
    }

    @Test("has one policy for each project, no equal rules, a cron of six fields, and a history that goes with it")
    func policies() async throws {
        try await JobBench.run { bench in
            await #expect(throws: StandInFailure.badRequest("project 2 already has retention policy 1")) {
                try await bench.call("POST", "/retentions", body: Self.policy(project: 2, repository: "**", tag: "**"))
            }
            await #expect(throws: StandInFailure.self) {
                try await bench.call("POST", "/retentions", body: Self.policy(project: 3, repository: "**", tag: "**", cron: "0 * * * *"))
            }
            _ = try await bench.call(
                "PUT", "/retentions/1", body: Self.policy(project: 2, repository: "**", tag: "**", cron: "0 0 5 * * *"))
            #expect(try bench.lab.sql("SELECT cron FROM schedule WHERE vendor_type = 'RETENTION'") == "0 0 5 * * *")
            let stored = try await bench.document("GET", "/retentions/1")
            #expect(stored["rules"]?.array?.first?["template"] == "always" && stored["scope"]?["ref"] == 2)
            _ = try await bench.call("DELETE", "/retentions/1")
            #expect(try bench.lab.sql("SELECT count(*) FROM execution WHERE vendor_type = 'RETENTION'") == "0")
            await #expect(throws: StandInFailure.self) { try await bench.call("GET", "/retentions/1") }
        }
    }
}
