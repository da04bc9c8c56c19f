import Foundation
import HarborDatabase
import LabServers
import OCIImage
import Testing

@Suite(
    "Scan states are Harbor's (skipped where PostgreSQL is not installed)", .enabled(if: PostgresCluster.available()),
    .timeLimit(.minutes(3)))
struct ScanStatesTests {
    private let harbor: UpkeepHarbor
    private static let mimeType = "application/vnd.security.vulnerability.report; version=1.1"

    init() throws {
        harbor = try UpkeepHarbor()
        try harbor.sql(
            """
            DELETE FROM scanner_registration;
            INSERT INTO scanner_registration (uuid, url, name, auth, is_default) VALUES
            ('usual', 'http://a', 'a', '', true), ('special', 'http://b', 'b', '', false);
            INSERT INTO execution (id, vendor_type, status, trigger) VALUES (901, 'IMAGE_SCAN', 'Success', 'MANUAL')
            """)
    }

    private func report(
        _ name: String, uuid: String? = nil, scanner: String = "usual", mimeType: String = mimeType, counts: (Int, Int, Int)? = nil,
        status: String? = "Success", started: String = "2026-05-06 07:08:09", ended: String = "2026-05-06 07:10:00"
    ) throws {
        let uuid = uuid ?? "report of \(name)"
        let columns = counts.map { "\($0.0), \($0.1), \($0.2)" } ?? "NULL, NULL, NULL"
        try harbor.sql(
            """
            INSERT INTO scan_report (uuid, digest, registration_uuid, mime_type, critical_cnt, high_cnt, fixable_cnt)
            VALUES ('\(uuid)', '\(digest(name))', '\(scanner)', '\(mimeType)', \(columns))
            """)
        guard let status else { return }
        try harbor.sql(
            """
            INSERT INTO task (execution_id, status, status_code, extra_attrs, start_time, end_time, vendor_type)
            VALUES (901, '\(status)', 0, '{"artifact_id": 1, "report_uuids": ["x", "\(uuid)"]}', '\(started)', '\(ended)', 'IMAGE_SCAN')
            """)
    }

    private func states() async throws -> [ScanState] { try await harbor.inSnapshot { try await scanStates($0) }.states }

    @Test("a scanned image comes with its times and findings, a fresh one without")
    func scanned() async throws {
        let image = try harbor.image("image", tags: ["b", "a"])
        let fresh = try harbor.image("fresh")
        try report("image", counts: (1, 2, 3))
        let expected = [
            ScanState(
                artifact: image, repository: try RepositoryName(parsing: "plain/app"), projectID: 1, digest: digest("image"),
                tags: [try TagName(parsing: "a"), try TagName(parsing: "b")], pushed: UpkeepHarbor.pushed, isIndex: false, status: .success,
                started: Date(timeIntervalSince1970: 1_778_051_289), ended: Date(timeIntervalSince1970: 1_778_051_400), critical: 1,
                high: 2, fixable: 3),
            ScanState(
                artifact: fresh, repository: try RepositoryName(parsing: "plain/app"), projectID: 1, digest: digest("fresh"), tags: [],
                pushed: UpkeepHarbor.pushed, isIndex: false, status: nil, started: nil, ended: nil, critical: nil, high: nil, fixable: nil),
        ]
        #expect(try await states() == expected)
    }

    @Test(
        "each of Harbor's words is one of ours, an unknown one is other",
        arguments: [
            ("Pending", ScanState.Status.pending), ("Scheduled", .scheduled), ("Running", .running), ("Stopped", .stopped),
            ("Error", .error),
            ("Success", .success), ("Dozing", .other),
        ])
    func status(_ word: String, _ status: ScanState.Status) async throws {
        try harbor.image("image")
        try report("image", status: word, started: "0001-01-01 00:00:00", ended: "0001-01-01 00:00:00")
        let state = try #require(try await states().first)
        #expect((state.status, state.started, state.ended, state.critical) == (status, nil, nil, nil))
    }

    @Test("the newest task of a report counts, and a report without a task failed")
    func tasks() async throws {
        try harbor.image("again", tags: ["v1"])
        try harbor.image("swept", tags: ["v2"])
        try report("again", status: "Error")
        try harbor.sql(
            "INSERT INTO task (execution_id, status, status_code, extra_attrs, vendor_type) SELECT 901, 'Running', 2, extra_attrs, vendor_type FROM task"
        )
        try report("swept", status: nil)
        #expect(try await states().map(\.status) == [.running, .error])
    }

    @Test("tasks whose attributes are no list of reports do no harm")
    func oddAttributes() async throws {
        try harbor.image("image")
        try report("image")
        for attributes in [
            "NULL", "'null'", "'[]'", "'{\"report_uuids\": \"x\"}'", "'{\"report_uuids\": {\"a\": 1}}'", "'{\"report_uuids\": [1, null]}'",
        ] {
            try harbor.sql(
                "INSERT INTO task (execution_id, status, status_code, extra_attrs, vendor_type) VALUES (901, 'Error', 3, \(attributes), 'IMAGE_SCAN')"
            )
        }
        #expect(try await states().map(\.status) == [.success])
    }

    @Test("reports of other scanners and kinds are none, but a project's own scanner counts in it")
    func scanners() async throws {
        try harbor.image("image")
        try harbor.image("there", in: "other/app", project: 2)
        try harbor.sql(
            "INSERT INTO project_metadata (project_id, name, value) VALUES (2, 'projectScanner', 'special'), (1, 'projectScanner', 'removed')"
        )
        try report("image", uuid: "1", scanner: "special")
        try report("image", uuid: "2", mimeType: "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0")
        try report("there", uuid: "3", scanner: "usual", status: "Error")
        #expect(try await states().map(\.status) == [nil, nil])
        try report("there", uuid: "4", scanner: "special")
        #expect(try await states().map(\.status) == [.success, nil])
        try harbor.sql("UPDATE scanner_registration SET is_default = false")
        #expect(try await states().map(\.repository.description) == ["other/app"])
    }

    @Test("what cannot be scanned is left out: accessories, attestations, charts, deleted projects")
    func unscannable() async throws {
        try harbor.image("image", tags: ["v1"])
        try harbor.image("signature")
        try harbor.attach("signature", to: "image")
        try harbor.image("attestation", layers: ["statement"])
        try harbor.sql("UPDATE blob SET content_type = 'application/vnd.in-toto+json' WHERE digest = '\(digest("statement"))'")
        let chart = try harbor.image("chart")
        try harbor.sql("UPDATE artifact SET type = 'CHART' WHERE id = \(chart)")
        try harbor.image("former", in: "gone/app", project: 4)
        try harbor.image("empty index", type: MediaType.dockerManifestList)
        try harbor.image("index of charts", type: MediaType.ociIndex)
        try harbor.list("chart", under: "index of charts")
        #expect(try await states().map(\.digest) == [digest("image")])
    }

    @Test(
        "an index is what its children are together",
        arguments: [
            (["Success", "Running"], ScanState.Status.running), (["Success", "Stopped"], .stopped), (["Success", "Error"], .success),
            (["Error", "Pending"], .error), (["Scheduled", "Pending"], .scheduled), (["Success", nil], .success),
            (["Dozing", nil], .other), ([nil, nil], nil),
        ] as [([String?], ScanState.Status?)])
    func index(_ words: [String?], _ status: ScanState.Status?) async throws {
        try harbor.image("index", tags: ["v1"], type: MediaType.ociIndex)
        try harbor.image("middle", type: MediaType.ociIndex)
        try harbor.list("middle", under: "index")
        for (number, word) in words.enumerated() {
            try harbor.image("child \(number)")
            try harbor.list("child \(number)", under: "middle")
            if let word {
                try report(
                    "child \(number)", counts: (1, 10, 100), status: word, started: "2026-05-0\(number + 1)",
                    ended: "2026-06-0\(number + 1)")
            }
        }
        let all = try await states()
        #expect(all.count == 4)
        for state in all.filter(\.isIndex) {
            #expect(state.status == status)
            let reports = words.compactMap(\.self).count
            #expect(state.high == (reports == 0 ? nil : reports * 10))
            #expect(state.started == (reports == 0 ? nil : Date(timeIntervalSince1970: 1_777_593_600)))
            #expect(state.ended == (reports == 0 ? nil : Date(timeIntervalSince1970: 1_780_272_000 + Double(reports - 1) * 86400)))
        }
    }

    @Test("names that no registry could hold are counted, and tags dropped")
    func malformed() async throws {
        try harbor.image("image", tags: ["good", "-bad", "a/b"])
        try harbor.image("lost", in: "plain/LOST")
        let (states, summary) = try await harbor.inSnapshot { try await scanStates($0) }
        #expect(states.map { $0.tags.map(\.description) } == [["good"]])
        #expect((summary.states, summary.malformed) == (1, 1))
    }
}
