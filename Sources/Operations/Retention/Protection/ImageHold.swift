package import Foundation
package import OCIImage

/// Somebody's word that images stay until a day, whatever rules say.
package struct ImageHold: Sendable, Hashable {
    /// What it covers.
    package enum Target: Sendable, Hashable, CustomStringConvertible {
        /// An image by tag or digest; all of a repository where neither is given. The host is not looked at.
        case image(Reference)
        /// All of the repositories whose names with the project match.
        case repositories(DoublestarPattern)

        /// As a person writes it.
        package var description: String {
            switch self {
            case .image(let reference): reference.description
            case .repositories(let pattern): pattern.description
            }
        }
    }

    /// What it covers.
    package let target: Target
    /// Who asked for it.
    package let owner: String
    /// Why.
    package let reason: String
    /// From this moment on it holds no more.
    package let end: Date

    /// States a hold.
    package init(_ target: Target, owner: String, reason: String, end: Date) {
        self.target = target
        self.owner = owner
        self.reason = reason
        self.end = end
    }

    /// Whether it holds at a moment.
    package func isActive(at date: Date) -> Bool { date < end }
}

extension ImageHold: Codable {
    private enum Key: String, CodingKey { case image, repositories, owner, reason, end }

    /// Reads `image` or `repositories`, and `owner`, `reason`, `end`; throws `malformedHold` where it has neither or both, and what is
    /// wrong with a reference or a pattern.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let image = try container.decodeIfPresent(String.self, forKey: .image)
        let repositories = try container.decodeIfPresent(DoublestarPattern.self, forKey: .repositories)
        switch (image, repositories) {
        case (let image?, nil): target = .image(try Reference(parsing: image))
        case (nil, let pattern?): target = .repositories(pattern)
        case (nil, nil), (_?, _?):
            throw RetentionError(
                .malformedHold, "a hold names \(image == nil ? "nothing" : "both an image and repositories")",
                remedy: "give it either 'image' or 'repositories'")
        }
        owner = try container.decode(String.self, forKey: .owner)
        reason = try container.decode(String.self, forKey: .reason)
        end = try container.decode(Date.self, forKey: .end)
    }

    /// Writes what reading takes.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch target {
        case .image(let reference): try container.encode(reference.description, forKey: .image)
        case .repositories(let pattern): try container.encode(pattern, forKey: .repositories)
        }
        try container.encode(owner, forKey: .owner)
        try container.encode(reason, forKey: .reason)
        try container.encode(end, forKey: .end)
    }
}
