package import Foundation
package import OCIImage

/// A tag's row.
package struct StoredTag: Sendable, Equatable {
    /// The name.
    package let name: TagName
    /// When it was last pushed.
    package let pushed: Date
    /// When somebody last pulled through it; nil for never.
    package let pulled: Date?

    /// Describes a tag.
    package init(name: TagName, pushed: Date, pulled: Date?) {
        self.name = name
        self.pushed = pushed
        self.pulled = pulled
    }
}

/// An artifact's row, with all rows of others that decide whether it may go.
package struct StoredArtifact: Sendable, Equatable {
    /// The artifact that this one is an accessory of, such as the image that it signs.
    package struct Subject: Sendable, Equatable {
        /// The row; nil where the subject has not come yet.
        package let id: Int64?
        /// Its digest.
        package let digest: Digest
        /// In Harbor's words, such as `signature.cosign`.
        package let type: String

        /// Describes a subject.
        package init(id: Int64?, digest: Digest, type: String) {
            self.id = id
            self.digest = digest
            self.type = type
        }
    }

    /// The row.
    package let id: Int64
    /// The manifest.
    package let digest: Digest
    /// In Harbor's words, such as `IMAGE`.
    package let type: String
    /// Of the manifest, by which an index is told from an image.
    package let manifestMediaType: String
    /// Bytes, as Harbor counts them; what several artifacts share counts for each.
    package let size: Int64
    /// When it was pushed.
    package let pushed: Date
    /// When somebody last pulled it; nil for never.
    package let pulled: Date?
    /// Its tags, by name.
    package let tags: [StoredTag]
    /// The names of its labels, in order.
    package let labels: [String]
    /// The rows of the indexes that list it, in order; one that is in no repository handed out was left out, and stays.
    package let parents: [Int64]
    /// Nil where it is no accessory.
    package let subject: Subject?
    /// Further subjects of the same accessory: Harbor deletes it with the first of all that goes.
    package let otherSubjects: [Subject]

    /// Describes an artifact.
    package init(
        id: Int64, digest: Digest, type: String, manifestMediaType: String, size: Int64, pushed: Date, pulled: Date?, tags: [StoredTag],
        labels: [String], parents: [Int64], subject: Subject?, otherSubjects: [Subject] = []
    ) {
        self.id = id
        self.digest = digest
        self.type = type
        self.manifestMediaType = manifestMediaType
        self.size = size
        self.pushed = pushed
        self.pulled = pulled
        self.tags = tags
        self.labels = labels
        self.parents = parents
        self.subject = subject
        self.otherSubjects = otherSubjects
    }
}

/// A repository with all its artifacts.
package struct StoredRepository: Sendable, Equatable {
    /// The row.
    package let id: Int64
    /// With the project in front.
    package let name: RepositoryName
    /// The project's row.
    package let projectID: Int64
    /// The project's name.
    package let project: String
    /// By row.
    package let artifacts: [StoredArtifact]

    /// The name as Harbor's rules see it: without the project.
    package var nameInProject: String { String(name.description.dropFirst(project.count + 1)) }

    /// Describes a repository.
    package init(id: Int64, name: RepositoryName, projectID: Int64, project: String, artifacts: [StoredArtifact]) {
        self.id = id
        self.name = name
        self.projectID = projectID
        self.project = project
        self.artifacts = artifacts
    }
}

/// A project's row with its metadata.
package struct StoredProject: Sendable, Equatable {
    /// The row.
    package let id: Int64
    /// The name.
    package let name: String
    /// It keeps what it fetched from another registry.
    package let isProxyCache: Bool
    /// Such as `prevent_vul` or `retention_id`; the values are texts.
    package let metadata: [String: String]

    /// Describes a project.
    package init(id: Int64, name: String, isProxyCache: Bool, metadata: [String: String]) {
        self.id = id
        self.name = name
        self.isProxyCache = isProxyCache
        self.metadata = metadata
    }
}

/// A retention policy or an immutability rule: JSON of Harbor's that belongs to a project.
package struct StoredRule: Sendable, Equatable {
    /// The row.
    package let id: Int64
    /// The project's row.
    package let projectID: Int64
    /// What Harbor stored.
    package let json: String

    /// Describes a rule.
    package init(id: Int64, projectID: Int64, json: String) {
        self.id = id
        self.projectID = projectID
        self.json = json
    }
}

/// What a removal of artifacts lets a later garbage collection free.
package struct FreedBytes: Sendable, Equatable {
    /// Contents that nothing else needs any more.
    package var blobs: Int
    /// Their bytes.
    package var bytes: Int64

    /// States an amount.
    package init(blobs: Int = 0, bytes: Int64 = 0) {
        self.blobs = blobs
        self.bytes = bytes
    }
}
