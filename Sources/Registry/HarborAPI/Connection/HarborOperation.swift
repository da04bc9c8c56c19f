/// Each thing that ``HarborClient`` asks of Harbor, named as Harbor's API description names it.
package enum HarborOperation: String, Sendable, CaseIterable {
    case getPing, getHealth, getSystemInfo, getVolumes, getCurrentUserInfo, getConfigurations
    case listProjects, getProject, listRepositories
    case listArtifacts, getArtifact, deleteArtifact, listTags, deleteTag, listAccessories
    /// The registry's own API, which the description leaves out.
    case headManifest
    case listScanners, getScannerMetadata, getScannerOfProject
    case scanArtifact, stopScanArtifact, getReportLog, getVulnerabilitiesAddition
    case getLatestScanAllMetrics, getScanAllSchedule, createScanAllSchedule, stopScanAll
    case getGCSchedule, createGCSchedule, updateGCSchedule, getGCHistory, getGC, getGCLog, stopGC
    case getRentenitionMetadata, getRetention, triggerRetentionExecution, operateRetentionExecution
    case listRetentionExecutions, listRetentionTasks, getRetentionTaskLog
    case listImmutableRules = "ListImmuRules"
    case listJobQueues, actionPendingJobs, listSchedules, getSchedulePaused
    case listQuotas, listReplicationPolicies, listReplicationExecutions, listAuditLogExts

    /// What a robot needs for it; nil where none can be granted, or none is needed.
    package var permission: HarborPermission? {
        switch self {
        case .getPing, .getHealth, .getSystemInfo, .getCurrentUserInfo, .getConfigurations, .getRentenitionMetadata: nil
        case .getVolumes: HarborPermission(.system, "system-volumes", "read")
        case .listProjects: HarborPermission(.system, "project", "list")
        case .getProject: HarborPermission(.project, "project", "read")
        case .listRepositories: HarborPermission(.project, "repository", "list")
        case .listArtifacts: HarborPermission(.project, "artifact", "list")
        case .getArtifact: HarborPermission(.project, "artifact", "read")
        case .deleteArtifact: HarborPermission(.project, "artifact", "delete")
        case .listTags: HarborPermission(.project, "tag", "list")
        case .deleteTag: HarborPermission(.project, "tag", "delete")
        case .listAccessories: HarborPermission(.project, "accessory", "list")
        case .headManifest: HarborPermission(.project, "repository", "pull")
        case .listScanners: HarborPermission(.system, "scanner", "list")
        case .getScannerMetadata: HarborPermission(.system, "scanner", "read")
        case .getScannerOfProject: HarborPermission(.project, "scanner", "read")
        case .scanArtifact: HarborPermission(.project, "scan", "create")
        case .stopScanArtifact: HarborPermission(.project, "scan", "stop")
        case .getReportLog: HarborPermission(.project, "scan", "read")
        case .getVulnerabilitiesAddition: HarborPermission(.project, "artifact-addition", "read")
        case .getLatestScanAllMetrics, .getScanAllSchedule: HarborPermission(.system, "scan-all", "read")
        case .createScanAllSchedule: HarborPermission(.system, "scan-all", "create")
        case .stopScanAll: HarborPermission(.system, "scan-all", "stop")
        case .getGCSchedule, .getGC, .getGCLog: HarborPermission(.system, "garbage-collection", "read")
        case .getGCHistory: HarborPermission(.system, "garbage-collection", "list")
        case .createGCSchedule: HarborPermission(.system, "garbage-collection", "create")
        case .updateGCSchedule: HarborPermission(.system, "garbage-collection", "update")
        case .stopGC: HarborPermission(.system, "garbage-collection", "stop")
        case .getRetention, .getRetentionTaskLog: HarborPermission(.project, "tag-retention", "read")
        case .triggerRetentionExecution, .operateRetentionExecution: HarborPermission(.project, "tag-retention", "update")
        case .listRetentionExecutions, .listRetentionTasks: HarborPermission(.project, "tag-retention", "list")
        case .listImmutableRules: HarborPermission(.project, "immutable-tag", "list")
        case .listJobQueues, .listSchedules, .getSchedulePaused: HarborPermission(.system, "jobservice-monitor", "list")
        case .actionPendingJobs: HarborPermission(.system, "jobservice-monitor", "stop")
        case .listQuotas: HarborPermission(.system, "quota", "list")
        case .listReplicationPolicies: HarborPermission(.system, "replication-policy", "list")
        case .listReplicationExecutions: HarborPermission(.system, "replication", "list")
        case .listAuditLogExts: HarborPermission(.system, "audit-log", "list")
        }
    }

    /// Whether only a user who is a system administrator may do it; no robot can be granted it.
    package var needsAdministrator: Bool { self == .getConfigurations }
}
