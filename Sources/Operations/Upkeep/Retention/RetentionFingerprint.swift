import Foundation
import HarborDatabase
import OCIImage
import Retention

/// What decides about artifacts beside the artifacts themselves, as hashes: equal ones mean equal rules.
struct RetentionFingerprint: Sendable, Equatable {
    /// 64 hexadecimal digits.
    let settings: String
    /// 64 hexadecimal digits.
    let policies: String

    /// `policies` are looked at only where the settings follow them, as the planner does.
    init(settings: RetentionSettings, pins: PinSettings?, policies: [StoredRule], immutableRules: [StoredRule]) {
        self.settings = Self.settings(settings, pins)
        let followed = settings.followsHarborPolicies ? policies : []
        self.policies = Self.hash(
            followed.map { "policy \($0.id) \($0.projectID) \($0.json)" }
                + immutableRules.map { "immutable \($0.id) \($0.projectID) \($0.json)" })
    }

    /// The settings' hash. Mode, caps and speed are left out: they are asked when a plan is carried out, and change nothing in it.
    static func settings(_ settings: RetentionSettings, _ pins: PinSettings?) -> String {
        var lines = ["projects \(list(settings.projects))"]
        lines.append("harbor_policies \(settings.followsHarborPolicies)")
        lines.append("single_tags \(settings.removesSingleTags)")
        lines.append("rollback_releases \(settings.rollbackReleases)")
        lines.append("signed_releases \(settings.keepsSignedReleases)")
        for rule in settings.classes { lines += line(of: rule) }
        if let pins {
            lines.append("pins \(pins.greatestAge) \(pins.least) \(list(pins.registries))")
            for source in pins.sources {
                switch source.origin {
                case .file(let path): lines.append("file \(quoted(source.name)) \(quoted(path))")
                case .command(let words, let limit): lines.append("command \(quoted(source.name)) \(limit) \(list(words))")
                }
            }
        }
        return hash(lines)
    }

    private static func line(of rule: RetentionClass) -> [String] {
        let members =
            switch rule.members {
            case .tags(let patterns, let except): "tags \(list(patterns)) except \(list(except))"
            case .versions(let prereleases): "versions \(prereleases)"
            case .untagged: "untagged"
            }
        let keep = rule.keep
        return [
            "class \(quoted(rule.name)) \(list(rule.repositories)) \(list(rule.exceptRepositories)) \(list(rule.labels)) \(members)",
            "keep \(keep.all) \(text(keep.last)) \(keep.line.rawValue) \(text(keep.pushedWithin)) \(text(keep.pulledWithin))",
        ]
    }

    private static func text<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "-" }

    /// Each part in quotes, so that two lists are never one text.
    private static func list(_ parts: [some CustomStringConvertible]) -> String {
        "[" + parts.map { quoted($0.description) }.joined(separator: ",") + "]"
    }

    private static func quoted(_ text: String) -> String { "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"" }

    private static func hash(_ lines: [String]) -> String {
        var hasher = DigestHasher(.sha256)
        for line in lines { hasher.update(Array("\(line.utf8.count) \(line)\n".utf8)) }
        return hasher.finish().hex
    }
}
