package import Foundation

/// One line of Harbor's audit log.
package struct APIAuditEntry: Sendable, Equatable {
    /// Harbor's own number; it grows with time, though entries may appear slightly out of order.
    package let id: Int64
    /// Who did it.
    package let username: String
    /// What it was done to, such as `library/app:1`.
    package let resource: String
    /// Such as `artifact` or `project`.
    package let resourceType: String
    /// Such as `create`, `delete` or `pull`.
    package let operation: String
    /// In Harbor's words; nil where it has none.
    package let details: String?
    /// Whether it was done.
    package let isSuccess: Bool
    /// When.
    package let time: Date

    /// An entry.
    package init(
        id: Int64, username: String, resource: String, resourceType: String, operation: String, details: String?, isSuccess: Bool,
        time: Date
    ) {
        self.id = id
        self.username = username
        self.resource = resource
        self.resourceType = resourceType
        self.operation = operation
        self.details = details
        self.isSuccess = isSuccess
        self.time = time
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        username = try answer.text("username") ?? ""
        resource = try answer.text("resource") ?? ""
        resourceType = try answer.text("resource_type") ?? ""
        operation = try answer.text("operation") ?? ""
        details = try answer.text("operation_description")
        isSuccess = try answer.flag("operation_result")
        guard let time = try answer.time("op_time") else { throw answer.operation.unexpected("member 'op_time' is missing") }
        self.time = time
    }
}
