/// What Harbor says of its own parts; up to ten seconds old.
package struct HarborHealth: Sendable, Equatable {
    /// One part.
    package struct Component: Sendable, Equatable {
        /// Such as `core`, `jobservice`, `database` or `trivy`.
        package let name: String
        /// Whether it calls itself healthy.
        package let isHealthy: Bool
        /// Why it is not, if Harbor says so.
        package let error: String?

        /// A part's state.
        package init(name: String, isHealthy: Bool, error: String?) {
            self.name = name
            self.isHealthy = isHealthy
            self.error = error
        }
    }

    /// Whether all parts are healthy.
    package let isHealthy: Bool
    /// The parts in Harbor's order.
    package let components: [Component]

    /// A state of all parts.
    package init(isHealthy: Bool, components: [Component]) {
        self.isHealthy = isHealthy
        self.components = components
    }

    init(_ answer: AnswerObject) throws {
        isHealthy = try answer.text("status") == "healthy"
        components = try answer.objects("components").map {
            Component(
                name: try $0.requiredText("name"), isHealthy: try $0.text("status") == "healthy",
                error: try $0.text("error").map(AnswerText.shortened))
        }
    }
}
