package import Foundation
package import OCIImage

/// A tag of an artifact.
package struct APITag: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// Its name.
    package let name: TagName
    /// When it was last set; nil where Harbor does not say.
    package let pushed: Date?
    /// When it was last pulled by this name; nil for never.
    package let pulled: Date?
    /// Whether a rule forbids to move and to delete it.
    package let isImmutable: Bool

    /// A tag.
    package init(id: Int64, name: TagName, pushed: Date?, pulled: Date?, isImmutable: Bool) {
        self.id = id
        self.name = name
        self.pushed = pushed
        self.pulled = pulled
        self.isImmutable = isImmutable
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        let text = try answer.requiredText("name")
        do {
            name = try TagName(parsing: text)
        } catch {
            throw answer.operation.unexpected("member 'name' is no tag: \(error.problem)")
        }
        pushed = try answer.time("push_time")
        pulled = try answer.time("pull_time")
        isImmutable = try answer.flag("immutable")
    }
}
