import Foundation
import HarborAPI
import OCIImage

/// A call of the client with what Harbor answers to it.
struct ExercisedCall: Sendable {
    let operation: HarborOperation
    let answer: RecordingServer.Answer
    let run: @Sendable (HarborClient) async throws -> Void

    init(_ operation: HarborOperation, _ answer: RecordingServer.Answer, _ run: @escaping @Sendable (HarborClient) async throws -> Void) {
        self.operation = operation
        self.answer = answer
        self.run = run
    }

    private static func created(_ location: String) -> RecordingServer.Answer {
        RecordingServer.Answer(status: 201, headers: [(name: "Location", value: location)])
    }

    private static let time = "2026-07-01T12:00:00.123Z"
    static let artifact = #"""
        {"id":7,"type":"IMAGE","digest":"\#(Sample.text)","size":100,"push_time":"\#(time)","pull_time":"0001-01-01T00:00:00.000Z",
         "references":null,"tags":[{"id":1,"name":"v1","immutable":true,"push_time":"\#(time)"}],"labels":[{"id":3,"name":"prod"}],
         "scan_overview":{"application/vnd.security.vulnerability.report; version=1.1":{"report_id":"r-1","scan_status":"Success",
           "severity":"High","complete_percent":100,"scanner":{"name":"Trivy","vendor":"Aqua","version":"v0.72.0"},
           "summary":{"total":3,"fixable":2,"summary":{"High":1,"Low":2}},"start_time":"\#(time)","end_time":"\#(time)"}}}
        """#
    private static let run = #"""
        {"id":12,"job_name":"GARBAGE_COLLECTION","job_kind":"MANUAL","job_status":"Success","deleted":false,"creation_time":"\#(time)",
         "job_parameters":"{\"delete_untagged\":true,\"dry_run\":false,\"workers\":2,\"freed_space\":99,\"redis_url_reg\":\"redis://:pw@redis/1\"}"}
        """#
    private static let schedule = #"{"id":1,"schedule":{"type":"Daily","cron":"0 0 0 * * *","next_scheduled_time":"\#(time)"}}"#
    private static let scanner = #"{"uuid":"u-1","name":"Trivy","url":"http://trivy:8080","is_default":true,"health":"healthy"}"#

    static let all: [ExercisedCall] = system + content + scans + jobs + records

    private static let system = [
        ExercisedCall(.getPing, .text("Pong")) { try await $0.ping() },
        ExercisedCall(.getHealth, .json(#"{"status":"healthy","components":[{"name":"core","status":"healthy"}]}"#)) {
            _ = try await $0.health()
        },
        ExercisedCall(.getSystemInfo, .json(#"{"harbor_version":"v2.15.2-x","read_only":false,"current_time":"\#(time)"}"#)) {
            _ = try await $0.systemInfo()
        },
        ExercisedCall(.getVolumes, .json(#"{"storage":[{"total":10,"free":3}]}"#)) { _ = try await $0.volumes() },
        ExercisedCall(.getCurrentUserInfo, .json(#"{"username":"admin","sysadmin_flag":true}"#)) { _ = try await $0.whoAmI() },
        ExercisedCall(.getConfigurations, .json(#"{"read_only":{"value":false,"editable":true}}"#)) { _ = try await $0.configuration() },
    ]

    private static let content = [
        ExercisedCall(.listProjects, .json(#"[{"project_id":1,"name":"library","repo_count":2,"metadata":{"public":"true"}}]"#, total: 1)) {
            _ = try await $0.projects()
        },
        ExercisedCall(.getProject, .json(#"{"project_id":1,"name":"library","metadata":{"public":"true","retention_id":"4"}}"#)) {
            _ = try await $0.project("123")
            _ = try await $0.retentionPolicyID(of: "library")
        },
        ExercisedCall(.listRepositories, .json(#"[{"id":5,"name":"library/team/app","artifact_count":1}]"#, total: 1)) {
            _ = try await $0.repositories(in: "library")
        },
        ExercisedCall(.listArtifacts, .json("[\(artifact)]", total: 1)) { _ = try await $0.artifacts(in: Sample.repository()) },
        ExercisedCall(.getArtifact, .json(artifact)) {
            _ = try await $0.artifact(Sample.repository(), .digest(Sample.digest()))
            _ = try await $0.artifact(Sample.repository(), .tag(TagName(parsing: "v1")))
        },
        ExercisedCall(.deleteArtifact, RecordingServer.Answer()) { try await $0.deleteArtifact(Sample.digest(), in: Sample.repository()) },
        ExercisedCall(.listTags, .json(#"[{"id":1,"name":"v1"}]"#, total: 1)) {
            _ = try await $0.tags(of: Sample.digest(), in: Sample.repository())
        },
        ExercisedCall(.deleteTag, RecordingServer.Answer()) {
            try await $0.deleteTag(TagName(parsing: "v1"), of: Sample.digest(), in: Sample.repository())
        },
        ExercisedCall(
            .listAccessories, .json(#"[{"id":2,"digest":"\#(Sample.otherText)","type":"signature.cosign","size":3}]"#, total: 1)
        ) { _ = try await $0.accessories(of: Sample.digest(), in: Sample.repository()) },
        ExercisedCall(.headManifest, RecordingServer.Answer(headers: [(name: "Docker-Content-Digest", value: Sample.text)])) {
            _ = try await $0.manifestStatus(Sample.repository(), .digest(Sample.digest()))
        },
        ExercisedCall(
            .listImmutableRules,
            .json(#"[{"id":1,"tag_selectors":[{"kind":"doublestar","decoration":"matches","pattern":"v*"}]}]"#, total: 1)
        ) {
            _ = try await $0.immutableRules(of: "library")
        },
    ]

    private static let scans = [
        ExercisedCall(.listScanners, .json("[\(scanner)]", total: 1)) { _ = try await $0.scanners() },
        ExercisedCall(
            .getScannerMetadata, .json(#"{"properties":{"harbor.scanner-adapter/vulnerability-database-updated-at":"\#(time)"}}"#)
        ) { _ = try await $0.scannerProperties("u-1") },
        ExercisedCall(.getScannerOfProject, .json(scanner)) { _ = try await $0.projectScanner("library") },
        ExercisedCall(.scanArtifact, RecordingServer.Answer(status: 202)) { try await $0.scan(Sample.digest(), in: Sample.repository()) },
        ExercisedCall(.stopScanArtifact, RecordingServer.Answer(status: 202)) {
            try await $0.stopScan(Sample.digest(), in: Sample.repository())
        },
        ExercisedCall(.getReportLog, .text("log")) { _ = try await $0.scanLog("r-1", of: Sample.digest(), in: Sample.repository()) },
        ExercisedCall(
            .getVulnerabilitiesAddition,
            .json(
                #"{"application/vnd.security.vulnerability.report; version=1.1":{"generated_at":"\#(time)","severity":"High","vulnerabilities":[{"id":"CVE-1","package":"ssl","version":"1","fix_version":"","severity":"High"}]}}"#
            )
        ) { _ = try await $0.vulnerabilities(of: Sample.digest(), in: Sample.repository()) },
        ExercisedCall(
            .getLatestScanAllMetrics, .json(#"{"total":3,"completed":1,"metrics":{"Running":2},"ongoing":true,"trigger":"Manual"}"#)
        ) {
            _ = try await $0.scanAllMetrics()
        },
        ExercisedCall(.getScanAllSchedule, .json(schedule)) { _ = try await $0.scanAllSchedule() },
        ExercisedCall(.createScanAllSchedule, RecordingServer.Answer(status: 201)) { try await $0.startScanAll() },
        ExercisedCall(.stopScanAll, RecordingServer.Answer(status: 202)) { try await $0.stopScanAll() },
    ]

    private static let jobs = [
        ExercisedCall(.getGCSchedule, .json(#"{"schedule":{"type":"Weekly","cron":"0 0 0 * * 0"},"job_parameters":"{}"}"#)) {
            _ = try await $0.collectionSchedule()
        },
        ExercisedCall(.updateGCSchedule, RecordingServer.Answer()) {
            try await $0.setCollectionSchedule(.daily, cron: "0 0 0 * * *", parameters: CollectionParameters(deletesUntagged: true))
            try await $0.setCollectionSchedule(.none, cron: "", parameters: CollectionParameters(deletesUntagged: false))
        },
        ExercisedCall(.createGCSchedule, created("/api/v2.0/system/gc/12")) {
            _ = try await $0.startCollection(deletesUntagged: true, isDryRun: true, workers: 10)
        },
        ExercisedCall(.getGCHistory, .json("[\(run)]", total: 1)) { _ = try await $0.collections(limit: 1000) },
        ExercisedCall(.getGC, .json(run)) { _ = try await $0.collection(12) },
        ExercisedCall(.getGCLog, .text("log")) { _ = try await $0.collectionLog(12) },
        ExercisedCall(.stopGC, RecordingServer.Answer()) { try await $0.stopCollection(12) },
        ExercisedCall(.listJobQueues, .json(#"[{"job_type":"GARBAGE_COLLECTION","count":1,"latency":5,"paused":true}]"#)) {
            _ = try await $0.queues()
        },
        ExercisedCall(.actionPendingJobs, RecordingServer.Answer()) {
            try await $0.pauseQueue("GARBAGE_COLLECTION")
            try await $0.resumeQueue("GARBAGE_COLLECTION")
            try await $0.stopQueue("IMAGE_SCAN")
        },
        ExercisedCall(.listSchedules, .json(#"[{"id":1,"vendor_type":"RETENTION","vendor_id":4,"cron":"0 0 0 * * *"}]"#, total: 1)) {
            _ = try await $0.schedules()
        },
        ExercisedCall(.getSchedulePaused, .json(#"{"paused":true}"#)) { _ = try await $0.isSchedulerPaused() },
    ]

    private static let records = [
        ExercisedCall(.getRentenitionMetadata, .json(#"{"templates":[{"rule_template":"always"}]}"#)) {
            _ = try await $0.retentionTemplates()
        },
        ExercisedCall(
            .getRetention, .json(#"{"id":4,"algorithm":"or","scope":{"level":"project","ref":1},"rules":[{"id":1,"template":"always"}]}"#)
        ) { _ = try await $0.retentionPolicy(4) },
        ExercisedCall(.triggerRetentionExecution, created("/api/v2.0/retentions/4/executions/9")) {
            _ = try await $0.startRetention(4, isDryRun: true)
        },
        ExercisedCall(.operateRetentionExecution, RecordingServer.Answer()) { try await $0.stopRetention(9, policy: 4) },
        ExercisedCall(.listRetentionExecutions, .json(#"[{"id":9,"policy_id":4,"status":"Success","start_time":"\#(time)"}]"#, total: 1)) {
            _ = try await $0.retentionExecutions(of: 4)
        },
        ExercisedCall(.listRetentionTasks, .json(#"[{"id":2,"repository":"library/app","status":"Success","total":3}]"#, total: 1)) {
            _ = try await $0.retentionTasks(of: 9, policy: 4)
        },
        ExercisedCall(.getRetentionTaskLog, .text("log")) { _ = try await $0.retentionTaskLog(2, of: 9, policy: 4) },
        ExercisedCall(
            .listQuotas, .json(#"[{"id":1,"ref":{"id":1,"name":"library"},"hard":{"storage":-1},"used":{"storage":5}}]"#, total: 1)
        ) {
            _ = try await $0.quotas()
        },
        ExercisedCall(.listReplicationPolicies, .json(#"[{"id":1,"name":"dr","enabled":true,"trigger":{"type":"manual"}}]"#, total: 1)) {
            _ = try await $0.replicationPolicies()
        },
        ExercisedCall(.listReplicationExecutions, .json(#"[{"id":1,"policy_id":1,"status":"Succeed"}]"#, total: 1)) {
            _ = try await $0.replicationExecutions(of: 1)
        },
        ExercisedCall(
            .listAuditLogExts, .json(#"[{"id":1,"username":"u","operation":"delete","op_time":"\#(time)"}]"#, total: 1)
        ) { _ = try await $0.auditLog(from: Date(timeIntervalSince1970: 1.5), to: Date(timeIntervalSince1970: 4e9)) },
    ]
}
