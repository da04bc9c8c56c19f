import OpsMetrics
import Testing

@Suite("A page of metrics")
struct MetricsPageTests {
    private let plain = Metric("opsd_test_things", .gauge, "Things.")
    private let labelled = Metric("opsd_test_parts", .counter, "Parts.", labels: ["job", "outcome"])

    @Test("a page without samples is empty")
    func empty() {
        #expect(MetricsPage().text == "")
        #expect(MetricsPage.contentType == "text/plain; version=0.0.4; charset=utf-8")
    }

    @Test("help and type stand once before the samples of a family")
    func family() {
        var page = MetricsPage()
        page.set(.jobRunsTotal, "backup", "succeeded", to: 12)
        page.set(.buildInfo, "1.2.0", to: 1)
        page.set(.jobRunsTotal, "backup", "failed", to: 0)
        page.set(.rpoObjective, to: 3600)
        #expect(
            page.text == """
                # HELP opsd_build_info The version of opsd that runs here.
                # TYPE opsd_build_info gauge
                opsd_build_info{version="1.2.0"} 1
                # HELP opsd_job_runs_total Runs that ended, by outcome; each outcome of a job is there from the start.
                # TYPE opsd_job_runs_total counter
                opsd_job_runs_total{job="backup",outcome="succeeded"} 12
                opsd_job_runs_total{job="backup",outcome="failed"} 0
                # HELP opsd_rpo_objective_seconds The recovery point objective that the configuration promises.
                # TYPE opsd_rpo_objective_seconds gauge
                opsd_rpo_objective_seconds 3600

                """)
    }

    @Test("families come in the order of their declaration, whatever the order of setting; undeclared ones last")
    func order() {
        var page = MetricsPage()
        page.set(labelled, "a", "b", to: 1)
        page.set(plain, to: 1)
        for metric in Metric.all.reversed() { page.set(metric, labelValues: metric.labels.map { _ in "x" }, to: 1) }
        #expect(Self.families(page.text) == Metric.all.map(\.name) + ["opsd_test_parts", "opsd_test_things"])
    }

    @Test("a sample that is set again is replaced, in its place")
    func replaced() {
        var page = MetricsPage()
        page.set(labelled, "a", "x", to: 1)
        page.set(labelled, "b", "x", to: 2)
        page.set(labelled, labelValues: ["a", "x"], to: 3)
        #expect(Self.samples(page.text) == [#"opsd_test_parts{job="a",outcome="x"} 3"#, #"opsd_test_parts{job="b",outcome="x"} 2"#])
    }

    @Test("the border between two label values counts")
    func borders() {
        var page = MetricsPage()
        page.set(labelled, "ab", "c", to: 1)
        page.set(labelled, "a", "bc", to: 2)
        #expect(Self.samples(page.text).count == 2)
    }

    @Test(
        "label values are escaped, and nothing else in them is touched",
        arguments: [
            (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("a\r\nb", "a\r\\nb"), (#"\n"#, #"\\n"#), ("", ""),
            ("Überprüfung {x=\"1\"} 9", #"Überprüfung {x=\"1\"} 9"#),
        ])
    func escapedLabels(_ value: String, _ expected: String) {
        var page = MetricsPage()
        page.set(labelled, value, "x", to: 1)
        let expectedLine = "opsd_test_parts{job=\"\(expected)\",outcome=\"x\"} 1\n"
        // Bytes: CR LF is one character to Swift, and the canonical forms of a letter are equal.
        #expect(Array(page.text.utf8.suffix(expectedLine.utf8.count)) == Array(expectedLine.utf8))
        #expect(page.text.utf8.count { $0 == UInt8(ascii: "\n") } == 3)
    }

    @Test("help is escaped, its quotes are not")
    func escapedHelp() {
        var page = MetricsPage()
        page.set(Metric("opsd_test_things", .gauge, "A \"thing\" of C:\\\nor two."), to: 1)
        #expect(page.text.hasPrefix("# HELP opsd_test_things A \"thing\" of C:\\\\\\nor two.\n# TYPE opsd_test_things gauge\n"))
    }

    @Test("a wrong number of label values is a mistake of ours and stops the program")
    func wrongLabels() async {
        await #expect(processExitsWith: .failure) {
            var page = MetricsPage()
            page.set(.jobRunning, to: 1)
        }
        await #expect(processExitsWith: .failure) {
            var page = MetricsPage()
            page.set(.rpoObjective, labelValues: ["main"], to: 1)
        }
    }

    @Test("a quarter of a million settings take a moment, not the square of it", .timeLimit(.minutes(10)))
    func large() {
        var page = MetricsPage()
        for round in 0..<2 {
            for number in 0..<10_000 {
                for metric in Metric.all where metric.labels == ["job"] { page.set(metric, "job-\(number)", to: Double(number + round)) }
            }
        }
        let families = Metric.all.count { $0.labels == ["job"] }
        #expect(page.text.utf8.count { $0 == UInt8(ascii: "\n") } == families * 10_002)
    }

    private static func families(_ text: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) }
    }

    private static func samples(_ text: String) -> [String] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }
}
