import OCIImage

/// A path of an HTTP request. What is interpolated into it is percent-encoded, so a name cannot become two segments or a query.
struct HarborPath: ExpressibleByStringInterpolation, CustomStringConvertible {
    let description: String

    init(stringLiteral value: String) { description = value }
    init(stringInterpolation: StringInterpolation) { description = stringInterpolation.text }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ segment: String) { text += PercentEncoding.encode(segment) }
        mutating func appendInterpolation(_ id: Int64) { text += String(id) }
        mutating func appendInterpolation(_ digest: Digest) { text += PercentEncoding.encode(digest.description) }
        mutating func appendInterpolation(_ tag: TagName) { text += PercentEncoding.encode(tag.description) }

        /// Encoded twice: Harbor's router decodes a path before it looks for slashes.
        mutating func appendInterpolation(twice segment: String) {
            text += PercentEncoding.encode(PercentEncoding.encode(segment))
        }

        /// The project, and the rest of the name in one segment, as Harbor's API addresses repositories.
        mutating func appendInterpolation(_ repository: HarborRepository) {
            text += "projects/\(PercentEncoding.encode(repository.project))/repositories/"
            appendInterpolation(twice: repository.name)
        }

        /// Of characters that no path needs to encode: a name or digest whose grammar has been checked.
        mutating func appendInterpolation(verbatim name: RepositoryName) { text += name.description }
        mutating func appendInterpolation(verbatim reference: ArtifactReference) { text += reference.description }
    }
}
