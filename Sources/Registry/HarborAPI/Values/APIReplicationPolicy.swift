/// What Harbor copies from or to another registry.
package struct APIReplicationPolicy: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// The administrator's name for it.
    package let name: String
    /// Whether it may run.
    package let isEnabled: Bool
    /// `manual`, `scheduled` or `event_based`.
    package let trigger: String
    /// Six fields, in UTC; nil where it does not run by schedule.
    package let cron: String?
    /// The registry that it copies from; nil for this Harbor.
    package let source: String?
    /// The registry that it copies to; nil for this Harbor.
    package let destination: String?

    /// A policy.
    package init(id: Int64, name: String, isEnabled: Bool, trigger: String, cron: String?, source: String?, destination: String?) {
        self.id = id
        self.name = name
        self.isEnabled = isEnabled
        self.trigger = trigger
        self.cron = cron
        self.source = source
        self.destination = destination
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        name = try answer.text("name") ?? ""
        isEnabled = try answer.flag("enabled")
        let trigger = try answer.object("trigger")
        self.trigger = try trigger?.text("type") ?? "manual"
        cron = try trigger?.object("trigger_settings")?.text("cron")
        source = try Self.registry(try answer.object("src_registry"))
        destination = try Self.registry(try answer.object("dest_registry"))
    }

    /// Number 0 is Harbor itself.
    private static func registry(_ answer: AnswerObject?) throws -> String? {
        guard let answer, try answer.integer("id") != 0 else { return nil }
        return try answer.text("name")
    }
}
