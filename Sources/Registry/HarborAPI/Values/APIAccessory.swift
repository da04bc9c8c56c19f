package import Foundation
package import OCIImage

/// What belongs to an artifact, such as a signature or a bill of materials.
package struct APIAccessory: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// The accessory's manifest.
    package let digest: Digest
    /// The artifact it is about.
    package let subject: Digest?
    /// Such as `signature.cosign`.
    package let type: String
    /// Bytes.
    package let size: Int64
    /// When it came; nil where Harbor does not say.
    package let created: Date?

    /// An accessory.
    package init(id: Int64, digest: Digest, subject: Digest?, type: String, size: Int64, created: Date?) {
        self.id = id
        self.digest = digest
        self.subject = subject
        self.type = type
        self.size = size
        self.created = created
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        digest = try answer.digest("digest")
        subject = try answer.text("subject_artifact_digest") == nil ? nil : try answer.digest("subject_artifact_digest")
        type = try answer.text("type") ?? ""
        size = try answer.integer("size")
        created = try answer.time("creation_time")
    }
}
