package import Foundation

/// Harbor's own retention policy of a project.
package struct APIRetentionPolicy: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// The project that it is for.
    package let projectID: Int64?
    /// Six fields, in UTC; nil where it runs by hand only.
    package let cron: String?
    /// How many of its rules are enabled.
    package let enabledRules: Int
    /// The policy as Harbor sent it, as JSON, with all its rules.
    package let json: Data

    /// A policy.
    package init(id: Int64, projectID: Int64?, cron: String?, enabledRules: Int, json: Data) {
        self.id = id
        self.projectID = projectID
        self.cron = cron
        self.enabledRules = enabledRules
        self.json = json
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        let scope = try answer.object("scope")
        projectID = try scope?.text("level") == "project" ? try scope?.optionalInteger("ref") : nil
        let trigger = try answer.object("trigger")
        cron = try trigger?.text("kind") == "Schedule" ? try trigger?.object("settings")?.text("cron") : nil
        enabledRules = try answer.objects("rules").count { try !$0.flag("disabled") }
        json = try JSONEncoder().encode(JSONValue.object(answer.members))
    }
}
