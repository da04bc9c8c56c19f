/// A scanner that is registered with Harbor.
package struct Scanner: Sendable, Equatable {
    /// Harbor's own name for it.
    package let uuid: String
    /// The administrator's name for it.
    package let name: String
    /// Whether projects without a choice use it.
    package let isDefault: Bool
    /// Whether it may not be used.
    package let isDisabled: Bool
    /// Whether it answered Harbor just now.
    package let isHealthy: Bool
    /// Such as `Trivy`; nil where it does not answer.
    package let adapter: String?
    /// The adapter's version.
    package let version: String?

    /// A scanner.
    package init(
        uuid: String, name: String, isDefault: Bool, isDisabled: Bool, isHealthy: Bool, adapter: String?, version: String?
    ) {
        self.uuid = uuid
        self.name = name
        self.isDefault = isDefault
        self.isDisabled = isDisabled
        self.isHealthy = isHealthy
        self.adapter = adapter
        self.version = version
    }

    init(_ answer: AnswerObject) throws {
        uuid = try answer.requiredText("uuid")
        name = try answer.text("name") ?? ""
        isDefault = try answer.flag("is_default")
        isDisabled = try answer.flag("disabled")
        isHealthy = try answer.text("health") == "healthy"
        adapter = try answer.text("adapter")
        version = try answer.text("version")
    }
}
