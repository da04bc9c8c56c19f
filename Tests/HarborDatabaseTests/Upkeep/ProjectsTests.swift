import HarborDatabase
import LabServers
import Testing

@Suite(
    "Projects come with their rules (skipped where PostgreSQL is not installed)", .enabled(if: PostgresCluster.available()),
    .timeLimit(.minutes(3)))
struct ProjectsTests {
    private let harbor: UpkeepHarbor

    init() throws { harbor = try UpkeepHarbor() }

    @Test("projects that are not deleted come by name with their metadata")
    func projects() async throws {
        try harbor.sql(
            "INSERT INTO project_metadata (project_id, name, value) VALUES (1, 'prevent_vul', 'true'), (1, 'public', 'false'), (1, 'odd', NULL), (4, 'x', 'y')"
        )
        let projects = try await harbor.inSnapshot { try await $0.projects() }.filter { [1, 2, 3, 4].contains($0.id) }
        #expect(
            projects == [
                StoredProject(id: 3, name: "cache", isProxyCache: true, metadata: [:]),
                StoredProject(id: 2, name: "other", isProxyCache: false, metadata: [:]),
                StoredProject(id: 1, name: "plain", isProxyCache: false, metadata: ["prevent_vul": "true", "public": "false"]),
            ])
    }

    @Test("a project's retention policy is the one that its metadata name, not one that was replaced")
    func policies() async throws {
        try harbor.sql(
            """
            INSERT INTO retention_policy (id, scope_level, scope_reference, data) VALUES
            (11, 'project', 1, '{"old": true}'), (12, 'project', 1, '{"new": "é\\n"}'), (13, 'project', 2, '{}'), (14, 'project', 4, '{}');
            INSERT INTO project_metadata (project_id, name, value) VALUES
            (1, 'retention_id', '12'), (4, 'retention_id', '14'), (3, 'retention_id', 'none')
            """)
        let rules = try await harbor.inSnapshot { try await $0.retentionPolicies() }
        #expect(rules == [StoredRule(id: 12, projectID: 1, json: "{\"new\": \"é\\n\"}")])
    }

    @Test("immutability rules come if they are enabled and their project is there")
    func immutable() async throws {
        try harbor.sql(
            """
            INSERT INTO immutable_tag_rule (id, project_id, tag_filter, disabled) VALUES
            (21, 2, '{"id": 1}', false), (22, 1, '{"id": 2}', false), (23, 1, '{"id": 3}', true), (24, 4, '{"id": 4}', false)
            """)
        let rules = try await harbor.inSnapshot { try await $0.immutableRules() }
        #expect(rules == [StoredRule(id: 22, projectID: 1, json: #"{"id": 2}"#), StoredRule(id: 21, projectID: 2, json: #"{"id": 1}"#)])
    }

    @Test("a property that nobody set is none")
    func properties() async throws {
        try harbor.sql("INSERT INTO properties (k, v) VALUES ('read_only', 'true') ON CONFLICT (k) DO UPDATE SET v = excluded.v")
        let (set, unset, quoted) = try await harbor.inSnapshot {
            (try await $0.property("read_only"), try await $0.property("scanner_skip_update_pulltime"), try await $0.property("' OR ''='"))
        }
        #expect(set == "true")
        #expect(unset == nil)
        #expect(quoted == nil)
    }

    @Test("the default scanner is told by its identifier, and that there is none")
    func scanner() async throws {
        try harbor.sql("DELETE FROM scanner_registration")
        #expect(try await harbor.inSnapshot { try await $0.scannerRegistration() } == nil)
        try harbor.sql(
            "INSERT INTO scanner_registration (uuid, url, name, auth, is_default) VALUES ('s-1', 'http://a', 'a', '', false), ('s-2', 'http://b', 'b', '', true)"
        )
        #expect(try await harbor.inSnapshot { try await $0.scannerRegistration() } == "s-2")
    }
}
