package import Foundation

/// A garbage collection of Harbor, past or under way.
package struct CollectionRun: Sendable, Equatable {
    /// What started it.
    package enum Kind: Hashable, Sendable {
        case manual, schedule
        /// A word that we do not know.
        case other(String)
    }

    /// Harbor's own number.
    package let id: Int64
    /// How far it is.
    package let status: JobStatus
    /// What started it.
    package let kind: Kind
    /// When it was asked for.
    package let created: Date?
    /// When its state last changed.
    package let updated: Date?
    /// What it does.
    package let parameters: CollectionParameters
    /// Bytes that it freed, or for a dry run would free; nil until it says so.
    package let freedBytes: Int64?
    /// Blobs that it deleted or would delete.
    package let purgedBlobs: Int64?
    /// Manifests that it deleted or would delete.
    package let purgedManifests: Int64?

    /// Whether artifacts without a tag went first.
    package var deletesUntagged: Bool { parameters.deletesUntagged }
    /// Whether it only estimated.
    package var isDryRun: Bool { parameters.isDryRun }

    /// A collection.
    package init(
        id: Int64, status: JobStatus, kind: Kind, created: Date?, updated: Date?, parameters: CollectionParameters,
        freedBytes: Int64?, purgedBlobs: Int64?, purgedManifests: Int64?
    ) {
        self.id = id
        self.status = status
        self.kind = kind
        self.created = created
        self.updated = updated
        self.parameters = parameters
        self.freedBytes = freedBytes
        self.purgedBlobs = purgedBlobs
        self.purgedManifests = purgedManifests
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        status = JobStatus(try answer.text("job_status") ?? "")
        let word = try answer.text("job_kind") ?? ""
        kind =
            switch word.lowercased() {
            case "manual": .manual
            case "schedule", "scheduled": .schedule
            default: .other(AnswerText.shortened(word))
            }
        created = try answer.time("creation_time")
        updated = try answer.time("update_time")
        let details = try answer.nested("job_parameters")
        parameters = try details.map(CollectionParameters.init) ?? CollectionParameters(deletesUntagged: false)
        freedBytes = try details?.optionalInteger("freed_space")
        purgedBlobs = try details?.optionalInteger("purged_blobs")
        purgedManifests = try details?.optionalInteger("purged_manifests")
    }
}
