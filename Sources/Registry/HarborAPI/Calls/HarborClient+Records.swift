package import Foundation

extension HarborClient {
    /// How much each project may store, and stores.
    package func quotas() async throws -> [APIQuota] {
        let call = HarborCall(.listQuotas, "/quotas").adding("reference", "project")
        return try await all(HarborList(call, sortedBy: "creation_time", id: \.id, read: APIQuota.init))
    }

    /// What Harbor copies from and to other registries.
    package func replicationPolicies() async throws -> [APIReplicationPolicy] {
        let call = HarborCall(.listReplicationPolicies, "/replication/policies")
        return try await all(HarborList(call, sortedBy: "id", id: \.id, read: APIReplicationPolicy.init))
    }

    /// The runs of a replication policy that Harbor still knows, oldest first.
    package func replicationExecutions(of policy: Int64) async throws -> [APIReplicationExecution] {
        let call = HarborCall(.listReplicationExecutions, "/replication/executions").adding("policy_id", String(policy))
        let list = HarborList(call, sortedBy: "id", id: \APIReplicationExecution.id, read: APIReplicationExecution.init)
        return try await all(list).filter { $0.policyID == policy }
    }

    /// The entries of the audit log from `start` until before `end`, oldest first. Without the system's permission Harbor shows only those
    /// of projects that the account belongs to.
    package func auditLog(from start: Date, to end: Date) async throws -> [APIAuditEntry] {
        let call = HarborCall(.listAuditLogExts, "/auditlog-exts").adding("q", HarborQuery.range("op_time", from: start, to: end).text)
        let list = HarborList(call, sortedBy: "id", id: \APIAuditEntry.id, read: APIAuditEntry.init)
        return try await all(list).filter { start <= $0.time && $0.time < end }
    }
}
