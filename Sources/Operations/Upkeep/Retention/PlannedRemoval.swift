package import OCIImage

/// An artifact that a plan removes, or some of its tags.
package struct PlannedRemoval: Sendable, Equatable {
    /// A tag as the plan met it.
    package struct Tag: Sendable, Equatable, Codable {
        /// The name.
        package let name: TagName
        /// When it was pushed, RFC 3339 in UTC with milliseconds.
        package let pushed: String

        /// States a tag.
        package init(name: TagName, pushed: String) {
            self.name = name
            self.pushed = pushed
        }
    }

    /// What of the artifact goes.
    package enum Extent: Sendable, Equatable {
        /// The artifact with all its tags.
        case artifact
        /// The tags of the removal alone.
        case tags
    }

    /// The artifact's row.
    package let id: Int64
    /// With the project.
    package let repository: RepositoryName
    /// The manifest.
    package let digest: Digest
    /// What goes.
    package let extent: Extent
    /// All tags of an artifact that goes; otherwise those that go.
    package let tags: [Tag]
    /// When the artifact was pushed, RFC 3339 in UTC with milliseconds.
    package let pushed: String
    /// Bytes, as Harbor counts them.
    package let size: Int64
    /// A word for the reason, of `RemovalReason.Code`; for tags `not_kept`.
    package let code: String
    /// The class whose members go; nil where no class decided it.
    package let className: String?
    /// The artifact with which this one goes by itself; nil where Harbor has to be asked for it.
    package let follows: Digest?
    /// A sentence without its full stop.
    package let reason: String

    /// States a removal.
    package init(
        id: Int64, repository: RepositoryName, digest: Digest, extent: Extent, tags: [Tag], pushed: String, size: Int64, code: String,
        className: String?, follows: Digest?, reason: String
    ) {
        self.id = id
        self.repository = repository
        self.digest = digest
        self.extent = extent
        self.tags = tags
        self.pushed = pushed
        self.size = size
        self.code = code
        self.className = className
        self.follows = follows
        self.reason = reason
    }

    /// As a puller writes it.
    package var image: String { "\(repository)@\(digest)" }
}

extension PlannedRemoval: Codable {
    private enum Key: String, CodingKey {
        case go, untag, repository, digest, tags, pushed, size, code, `class`, follows, reason
    }

    /// Reads a line of a plan that begins with `go` or `untag`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let id = try container.decodeIfPresent(Int64.self, forKey: .go) {
            self.id = id
            extent = .artifact
        } else {
            id = try container.decode(Int64.self, forKey: .untag)
            extent = .tags
        }
        repository = try container.decode(RepositoryName.self, forKey: .repository)
        digest = try Digest(parsing: try container.decode(String.self, forKey: .digest))
        tags = try container.decode([Tag].self, forKey: .tags)
        pushed = try container.decode(String.self, forKey: .pushed)
        size = try container.decode(Int64.self, forKey: .size)
        code = try container.decode(String.self, forKey: .code)
        className = try container.decodeIfPresent(String.self, forKey: .class)
        follows = try container.decodeIfPresent(String.self, forKey: .follows).map { try Digest(parsing: $0) }
        reason = try container.decode(String.self, forKey: .reason)
    }

    /// Writes what reading takes.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch extent {
        case .artifact: try container.encode(id, forKey: .go)
        case .tags: try container.encode(id, forKey: .untag)
        }
        try container.encode(repository, forKey: .repository)
        try container.encode(digest.description, forKey: .digest)
        try container.encode(tags, forKey: .tags)
        try container.encode(pushed, forKey: .pushed)
        try container.encode(size, forKey: .size)
        try container.encode(code, forKey: .code)
        try container.encodeIfPresent(className, forKey: .class)
        try container.encodeIfPresent(follows?.description, forKey: .follows)
        try container.encode(reason, forKey: .reason)
    }

    /// The line of a plan, byte for byte the same for the same removal.
    var line: [UInt8] {
        var line = PlanLine()
        switch extent {
        case .artifact: line.add("go", id)
        case .tags: line.add("untag", id)
        }
        line.add("repository", repository.description)
        line.add("digest", digest.description)
        line.add("tags", tags)
        line.add("pushed", pushed)
        line.add("size", size)
        line.add("code", code)
        if let className { line.add("class", className) }
        if let follows { line.add("follows", follows.description) }
        line.add("reason", reason)
        return line.finish()
    }
}
