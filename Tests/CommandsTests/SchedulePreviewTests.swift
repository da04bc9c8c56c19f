import Foundation
import Testing

@Suite("opsd schedule preview")
struct SchedulePreviewTests {
    private func preview(_ words: String...) async -> Spoken { await Spoken.opsd(["schedule", "preview"] + words) }

    private func runs(_ spoken: Spoken) throws -> [String] { try #require(try spoken.object()["runs"] as? [String]) }

    @Test("an expression's times are one list of UTC times, and nothing else")
    func json() async throws {
        let spoken = await preview("--cron", "15 2 * * *", "--after", "2026-11-19T12:00:00Z", "--count", "3", "--json")
        #expect(spoken.status == 0 && spoken.errors.isEmpty)
        #expect(try spoken.object().keys.sorted() == ["runs"])
        #expect(try runs(spoken) == ["2026-11-20T02:15:00Z", "2026-11-21T02:15:00Z", "2026-11-22T02:15:00Z"])
    }

    @Test("times of a zone are shown in it, with their offset, and in UTC, also across a change of clocks")
    func text() async {
        let spoken = await preview(
            "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--after", "2026-03-28T00:00:00+01:00", "--count", "3")
        #expect(
            spoken.output == """
                LOCAL TIME                 UTC
                2026-03-28T02:30:00+01:00  2026-03-28T01:30:00Z
                2026-03-29T03:00:00+02:00  2026-03-29T01:00:00Z
                2026-03-30T02:30:00+02:00  2026-03-30T00:30:00Z

                """)
    }

    @Test("a zone west of Greenwich, and one of half an hour")
    func offsets() async {
        let words = ["--cron", "0 12 * * *", "--after", "2026-01-01T00:00:00Z", "--count", "1"]
        let west = await Spoken.opsd(["schedule", "preview", "--timezone", "America/St_Johns"] + words)
        #expect(west.output.contains("2026-01-01T12:00:00-03:30  2026-01-01T15:30:00Z"))
        let east = await Spoken.opsd(["schedule", "preview", "--timezone", "Asia/Kolkata"] + words)
        #expect(east.output.contains("2026-01-01T12:00:00+05:30  2026-01-01T06:30:00Z"))
    }

    @Test(
        "--after takes any offset, and lists only what is later",
        arguments: [
            ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"), ("2025-12-31T23:59:59.5Z", "2026-01-01T00:00:00Z"),
            ("2026-01-01T00:30:00+01:00", "2026-01-01T00:00:00Z"), ("2026-01-01t00:30:00-00:30", "2026-01-01T02:00:00Z"),
        ])
    func after(text: String, first: String) async throws {
        let spoken = await preview("--cron", "0 * * * *", "--after", text, "--count", "1", "--json")
        #expect(try runs(spoken) == [first])
    }

    @Test("without --count there are ten, without --after they are in the future")
    func defaults() async throws {
        let times = try runs(await preview("--cron", "* * * * *", "--json"))
        #expect(times.count == 10 && times == times.sorted())
        let first = try #require(try? Date(times[0], strategy: .iso8601))
        #expect(first > Date() && first < Date(timeIntervalSinceNow: 61))
    }

    @Test("ten thousand times are the most")
    func many() async throws {
        let spoken = await preview("--cron", "* * * * * *", "--after", "2026-01-01T00:00:00Z", "--count", "10000", "--json")
        #expect(try runs(spoken).count == 10_000 && runs(spoken).last == "2026-01-01T02:46:40Z")
    }

    @Test(
        "words that do not fit end with 64 and their own hint",
        arguments: [
            (["--count", "0"], "1 to 10000"), (["--count", "10001"], "1 to 10000"), (["--count", "x"], "count"),
            (["--after", "yesterday"], "--after"), (["--after", "2026-01-01"], "offset"), (["--after", "2026-02-30T00:00:00Z"], "--after"),
            (["--after", "2026-01-01T25:00:00Z"], "--after"), (["--after", "2026-01-01T00:00:00"], "offset"),
            (["--timezone", "Europe/Berln"], "did you mean 'Europe/Berlin'?"),
            (["--timezone", "europe/berlin"], "did you mean 'Europe/Berlin'?"),
            (["--timezone", "GMT+5"], "not a time zone"), (["--timezone", ""], "not a time zone"),
            (["--timezone", "+01:00"], "Europe/Berlin"),
        ])
    func wrongWords(words: [String], says: String) async {
        let spoken = await Spoken.opsd(["schedule", "preview", "--cron", "0 0 * * *"] + words)
        #expect(spoken.status == 64 && spoken.output.isEmpty)
        #expect(spoken.errors.contains(says), "\(spoken.errors)")
    }

    @Test(
        "a wrong expression is shown with a caret under the place, and ends with 64",
        arguments: [
            ("61 * * * *", 0), ("0 0 * * frday", 8), ("0 0 30 2 *", 4), ("0 22-6 * * *", 2), ("0\t25 * * *", 2), ("* * *", 0),
        ])
    func caret(expression: String, column: Int) async {
        let spoken = await preview("--cron", expression)
        #expect(spoken.status == 64 && spoken.output.isEmpty)
        let lines = spoken.errors.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first?.hasPrefix("opsd: not a cron expression, column ") == true, "\(spoken.errors)")
        #expect(lines.dropFirst().first == "    \(expression.replacing("\t", with: " "))")
        if expression != "* * *" { #expect(lines.dropFirst(2).first == "    \(String(repeating: " ", count: column))^") }
    }

    @Test("the caret stands also under a long expression")
    func longCaret() async throws {
        let minutes = (0..<60).map(String.init).joined(separator: ",")
        let spoken = await preview("--cron", "\(minutes) * * * nonsense")
        let lines = spoken.errors.split(separator: "\n").map(String.init)
        try #require(lines.count == 3)
        let place = try #require(lines[2].firstIndex(of: "^"))
        let distance = lines[2].distance(from: lines[2].startIndex, to: place)
        #expect(lines[1].dropFirst(distance).hasPrefix("nonsense") && lines[1].count < 80)
    }

    @Test("Harbor's expressions have six fields, and are refused with a caret too")
    func harborWrong() async {
        let spoken = await preview("--cron", "0 0 * * *", "--harbor-cron", "0 99 * * * *")
        #expect(spoken.status == 64 && spoken.errors.contains("\n    0 99 * * * *\n      ^"), "\(spoken.errors)")
    }

    // MARK: - Time lines

    @Test("all jobs of the configuration share one time line with Harbor's own schedule")
    func timeline() async throws {
        let host = try SampleHost()
        let jobs = """
            jobs:
              audit: {schedule: "0 3 * * *", timezone: Europe/Berlin}
              deep: {kind: audit, schedule: manual}

            """
        try host.write(host.configuration.replacing("jobs:\n", with: jobs), to: "opsd.yaml")
        let words = ["--harbor-cron", "0 0 2 * * *", "--after", "2026-07-01T00:00:00Z", "--count", "4"]
        let text = await Spoken.opsd(["schedule", "preview"] + words + ["--config", host.configurationFile])
        #expect(
            text.output == """
                UTC                   LOCAL TIME                 JOB     KIND
                2026-07-01T01:00:00Z  2026-07-01T03:00:00+02:00  audit   audit
                2026-07-01T02:00:00Z  2026-07-01T02:00:00+00:00  harbor  harbor
                2026-07-01T02:15:00Z  2026-07-01T02:15:00+00:00  backup  backup
                2026-07-02T01:00:00Z  2026-07-02T03:00:00+02:00  audit   audit

                """, "\(text.errors)")
        let json = await Spoken.opsd(["schedule", "preview", "--json"] + words + ["--config", host.configurationFile])
        #expect(try runs(json) == ["2026-07-01T01:00:00Z", "2026-07-01T02:00:00Z", "2026-07-01T02:15:00Z", "2026-07-02T01:00:00Z"])
        let entries = try #require(try json.object()["timeline"] as? [[String: String]])
        #expect(entries[1] == ["time": "2026-07-01T02:00:00Z", "job": "harbor", "kind": "harbor"])
    }

    @Test("an expression stands beside Harbor's without a configuration")
    func both() async throws {
        let spoken = await preview(
            "--cron", "0 2 * * *", "--harbor-cron", "0 0 1 * * *", "--after", "2026-07-01T00:00:00Z", "--count", "2", "--json")
        #expect(try runs(spoken) == ["2026-07-01T01:00:00Z", "2026-07-01T02:00:00Z"])
    }

    @Test("a configuration without schedules has an empty time line")
    func nothing() async throws {
        let host = try SampleHost()
        try host.write(host.configuration.replacing("\"15 2 * * *\"", with: "manual"), to: "opsd.yaml")
        let text = await host.opsd("schedule", "preview")
        #expect(text.status == 0 && text.output.isEmpty && text.errors.contains("nothing is scheduled"))
        let json = await host.opsd("schedule", "preview", "--json")
        #expect(try runs(json).isEmpty && (json.object()["timeline"] as? [Any])?.isEmpty == true)
    }

    @Test("times that run out are said to, with a time line and without", arguments: [[], ["--harbor-cron", "0 0 1 1 1 *"]])
    func runsOut(more: [String]) async throws {
        let words = ["schedule", "preview", "--cron", "0 0 1 1 *", "--after", "9997-06-01T00:00:00Z", "--count", "9"]
        let text = await Spoken.opsd(words + more)
        #expect(text.status == 0 && text.errors.hasPrefix("opsd: no further time after 9999-01-01T0"), "\(text.errors)")
        let json = await Spoken.opsd(words + more + ["--json"])
        #expect(try runs(json).last?.hasPrefix("9999-01-01T0") == true && json.errors == text.errors)
        let enough = await Spoken.opsd(words.dropLast() + ["2"] + more)
        #expect(enough.status == 0 && enough.errors.isEmpty)
    }

    @Test("without an expression a configuration is needed")
    func needsConfiguration() async {
        let spoken = await preview("--config", "/nonexistent/opsd.yaml")
        #expect(spoken.status == 78 && spoken.output.isEmpty)
    }
}
