import Foundation
import HarborDatabase
import OCIImage
import Retention

/// Rows as tests need them, named by small numbers.
enum SampleRegistry {
    /// The moment of every judgement.
    static let now = Date(timeIntervalSince1970: 1_790_000_000)

    static func days(_ days: Double) -> Date { now.addingTimeInterval(-days * 86_400) }

    static func digest(_ id: Int64) throws -> Digest {
        try Digest(algorithm: .sha256, bytes: (0..<32).map { UInt8(truncatingIfNeeded: id >> (Int64($0 % 8) * 8)) })
    }

    /// An artifact that was pushed `age` days ago, its tags with it.
    static func artifact(
        _ id: Int64, _ tags: [String] = [], age: Double = 10, pulled: Double? = nil, labels: [String] = [], parents: [Int64] = [],
        subject: Int64? = nil, subjectType: String = "signature.cosign", tagAge: Double? = nil
    ) throws -> StoredArtifact {
        StoredArtifact(
            id: id, digest: try digest(id), type: "IMAGE", manifestMediaType: MediaType.ociManifest, size: 100, pushed: days(age),
            pulled: pulled.map(days), tags: try tags.map { try tag($0, age: tagAge ?? age) }, labels: labels, parents: parents,
            subject: try subject.map { .init(id: $0, digest: try digest($0), type: subjectType) })
    }

    static func tag(_ name: String, age: Double, pulled: Double? = nil) throws -> StoredTag {
        StoredTag(name: try TagName(parsing: name), pushed: days(age), pulled: pulled.map(days))
    }

    static func repository(
        _ artifacts: [StoredArtifact], name: String = "library/app", project: Int64 = 1, id: Int64 = 1
    ) throws -> StoredRepository {
        StoredRepository(
            id: id, name: try RepositoryName(parsing: name), projectID: project, project: String(name.prefix { $0 != "/" }),
            artifacts: artifacts)
    }

    static func patterns(_ texts: String...) throws -> [DoublestarPattern] { try texts.map { try DoublestarPattern(parsing: $0) } }

    /// A class of all tags that keeps what `keep` says.
    static func all(_ keep: RetentionClass.Keep, name: String = "all") throws -> RetentionClass {
        RetentionClass(name: name, members: .tags(try patterns("**"), except: []), keep: keep)
    }

    /// A selector of Harbor's as JSON.
    static func selector(_ decoration: String, _ pattern: String, extras: String? = nil) -> String {
        let tail = extras.map { ",\"extras\":\"\($0.replacing("\"", with: "\\\""))\"" } ?? ""
        return "{\"kind\":\"doublestar\",\"decoration\":\"\(decoration)\",\"pattern\":\"\(pattern)\"\(tail)}"
    }

    /// A rule of a policy as JSON.
    static func rule(
        _ template: String, _ parameter: String? = nil, tags: [String] = [selector("matches", "**")],
        repositories: [String] = [selector("repoMatches", "**")], disabled: Bool = false
    ) -> String {
        """
        {"disabled":\(disabled),"action":"retain","template":"\(template)","params":{\(parameter.map { "\"\(template)\":\($0)" } ?? "")},
        "tag_selectors":[\(tags.joined(separator: ","))],"scope_selectors":{"repository":[\(repositories.joined(separator: ","))]}}
        """
    }

    static func policy(_ rules: [String], project: Int64 = 1) -> StoredRule {
        StoredRule(
            id: 7, projectID: project,
            json: "{\"algorithm\":\"or\",\"scope\":{\"level\":\"project\",\"ref\":1},\"rules\":[\(rules.joined(separator: ","))]}")
    }
}
