/// How much a project may store, and stores.
package struct APIQuota: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// The project's number.
    package let projectID: Int64?
    /// The project's name.
    package let project: String?
    /// Bytes that it may store; nil for any number.
    package let limit: Int64?
    /// Bytes that it stores; what two projects share counts in both.
    package let used: Int64

    /// A quota.
    package init(id: Int64, projectID: Int64?, project: String?, limit: Int64?, used: Int64) {
        self.id = id
        self.projectID = projectID
        self.project = project
        self.limit = limit
        self.used = used
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        let reference = try answer.object("ref")
        projectID = try reference?.optionalInteger("id")
        project = try reference?.text("name")
        let hard = try answer.object("hard")?.optionalInteger("storage") ?? -1
        limit = hard < 0 ? nil : hard
        used = try answer.object("used")?.integer("storage") ?? 0
    }
}
