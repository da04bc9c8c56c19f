import Foundation
import HarborLab
import HarborStandIn
import LabServers
import Testing

@Suite("upkeep on the command line", .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct UpkeepCommandTests {
    @Test("pins are listed with their age; an image that is missing ends the check with 2, a list that is too old with 3")
    func pins() async throws {
        let host = try await HarborHost.up(pins: ["library/app:1.0", "other.example.com/a/b:1"])
        defer { host.down() }
        let listed = await host.opsd("pins")
        #expect(listed.status == 0 && listed.output.contains("library/app:1.0") && listed.output.contains("OTHER REGISTRIES"), "\(listed)")
        #expect(!listed.output.contains("STATE"))
        #expect(await host.opsd("pins", "--check").status == 0)

        try host.pin(["library/app:1.0", "library/app:none"])
        let checked = await host.opsd("pins", "--check", "--json")
        #expect(checked.status == 2)
        let pins = try #require(try checked.object()["pins"] as? [[String: String]])
        #expect(pins.map { $0["state"] } == ["present", "absent"] && pins[0]["digest"]?.hasPrefix("sha256:") == true)
        let text = await host.opsd("pins", "--check")
        #expect(text.status == 2 && text.output.contains("ABSENT"))
        let run = await host.opsd("run-now", "pin-check")
        #expect(run.status == 2 && run.output.contains("pin_missing"), "\(run)")

        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3 * 86_400)], ofItemAtPath: host.folder.file("pins"))
        let stale = await host.opsd("pins")
        #expect(stale.status == 3 && stale.output.contains("library/app:none") && stale.errors.contains("Hint"), "\(stale)")
    }

    @Test("a collection is refused while no vault has what would go, and without that guard it runs; a backup holds collections off")
    func collection() async throws {
        let host = try await HarborHost.up()
        defer { host.down() }
        #expect(await host.opsd("gc", "plan").output.contains("there is nothing to collect"))
        // Nobody touched anything within Harbor's time window.
        try await host.standIn.database.execute("UPDATE blob SET update_time = update_time - interval '3 hours'")
        let plan = await host.opsd("gc", "plan")
        #expect(plan.status == 0 && plan.output.contains("REFUSED ") && plan.output.contains("are not in the vault"), "\(plan)")
        #expect(plan.output.contains("a run would be refused"))
        let refused = await host.opsd("gc", "run")
        #expect(refused.status == 3 && refused.errors.contains("are not in the vault"), "\(refused)")

        host.standIn.faults.forgetRequests()
        let backup = await host.opsd("run-now", "backup", "--json")
        #expect([0, 2].contains(backup.status), "\(backup)")
        let findings = try #require(try backup.object()["findings"] as? [[String: Any]])
        #expect(!findings.contains { ($0["code"] as? String)?.hasPrefix("gc_") == true }, "\(findings)")
        let actions = host.standIn.faults.requests.filter { $0.method == "PUT" && $0.target.hasSuffix("/queues/GARBAGE_COLLECTION") }
        #expect(actions.map(\.status) == [200, 200])

        try host.change("max_share: 100%", to: "max_share: 100%, coverage: ignored")
        let free = try await host.opsd("gc", "plan", "--json").object()
        #expect((free["refusals"] as? [Any])?.isEmpty == true && free["coverage"] as? String == "ignored", "\(free)")
        #expect((free["candidates"] as? [Any])?.isEmpty == false)
        let run = await host.opsd("gc", "run", "--json")
        #expect([0, 2].contains(run.status), "\(run)")
        let numbers = try #require(try run.object()["numbers"] as? [String: Int])
        #expect(numbers["purged_blobs"] != nil && numbers["freed_bytes"] ?? 0 > 0, "\(numbers)")
        #expect(await host.opsd("gc", "plan").output.contains("there is nothing to collect"))
    }

    @Test("a plan says why each artifact goes or stays, is refused without a backup, and is carried out by its hash")
    func retention() async throws {
        let rules =
            "{schedule: manual, mode: enforce, allow_emptying: true, classes: {docker: {repositories: [\"library/docker\"], tags: [\"*\"], keep: none}}}"
        let host = try await HarborHost.up(retention: rules)
        defer { host.down() }
        let early = try await host.opsd("retention", "plan", "--json").object()
        #expect(early["removed"] as? Int == 1, "\(early)")
        let hash = try #require(early["hash"] as? String)
        let refused = await host.opsd("retention", "apply", hash)
        #expect(refused.status == 3 && refused.output.contains("REFUSED uncovered"), "\(refused)")

        // Pushed before the backup, by a margin for clocks that differ.
        try await host.standIn.database.execute(
            "UPDATE artifact SET push_time = push_time - interval '1 hour'; UPDATE tag SET push_time = push_time - interval '1 hour'")
        #expect([0, 2].contains(await host.opsd("run-now", "backup").status))
        let changed = await host.opsd("retention", "apply", hash, "--json")
        let refusals = try #require(try changed.object()["refusals"] as? [[String: Any]])
        #expect(changed.status == 3 && refusals.map { $0["code"] as? String } == ["world_changed"], "\(changed)")

        let text = await host.opsd("retention", "plan")
        #expect(text.status == 0 && text.output.contains("library/docker") && text.output.contains("opsd retention apply"), "\(text)")
        let one = await host.opsd("retention", "plan", "--repository", "library/docker")
        #expect(one.output.contains(/GO +2 +sha256:[0-9a-f]{64} +class docker keeps it no longer/), "\(one)")
        #expect(await host.opsd("retention", "plan", "--repository", "library/none").status == 1)
        let short = try #require(text.output.firstMatch(of: /plan ([0-9a-f]{16}) of job/)?.1)
        let ready = await host.opsd("retention", "apply", String(short))
        #expect(ready.status == 0 && ready.output.contains("no guard says no"), "\(ready)")
        #expect(try await host.has("2", in: "library/docker"))

        let applied = await host.opsd("retention", "apply", String(short), "--execute")
        #expect(applied.status == 0 && applied.errors.contains("approved until"), "\(applied)")
        #expect(try await !host.has("2", in: "library/docker"))
        #expect(try await host.has("1.0", in: "library/app"))
    }

    @Test("a hold keeps an image out of the plan until it is released")
    func holds() async throws {
        let rules =
            "{schedule: manual, allow_emptying: true, classes: {docker: {repositories: [\"library/docker\"], tags: [\"*\"], keep: none}}}"
        let host = try await HarborHost.up(retention: rules)
        defer { host.down() }
        #expect(await host.opsd("retention", "holds").errors.contains("nothing is held"))
        let held = await host.opsd("retention", "hold", "library/docker:2", "--until", "30d", "--owner", "security", "--reason", "case 7")
        #expect(held.status == 0 && held.output.hasPrefix("library/docker:2 held for security until "), "\(held)")
        let plan = await host.opsd("retention", "plan", "--repository", "library/docker")
        #expect(
            plan.output.contains(/STAY +2 +sha256:[0-9a-f]{64} +security holds it: case 7/) && plan.output.contains("holds: 1"), "\(plan)")
        let holds = try #require(try await host.opsd("retention", "holds", "--json").object()["holds"] as? [[String: Any]])
        #expect(holds.count == 1 && holds[0]["active"] as? Bool == true && holds[0]["owner"] as? String == "security")
        #expect(await host.opsd("retention", "release", "library/docker:3").status == 1)
        #expect(await host.opsd("retention", "release", "library/docker:2").status == 0)
        let free = await host.opsd("retention", "plan")
        #expect(free.output.contains("1 of ") && free.output.contains("the job only reports yet"), "\(free)")
        let apply = await host.opsd(
            "retention", "apply", String(try #require(free.output.firstMatch(of: /plan ([0-9a-f]{16}) of job/)?.1)), "--execute")
        #expect(apply.status == 3 && apply.errors.contains("only reports"), "\(apply)")
    }
}
