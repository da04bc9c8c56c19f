import Foundation
import Retention

extension RetentionSettings {
    /// The keys of a job of kind `retention` beside those of every job.
    static let keys = [
        "projects", "mode", "enforce_from", "classes", "harbor_policies", "rollback_releases", "keep_signed_releases", "max_share",
        "max_artifacts", "allow_emptying", "rate",
    ]

    private enum ModeName: String, CaseIterable { case report, enforce }

    /// Reads a job's options; what is left out has its default. A day without a time begins in `timezone`.
    init(_ reader: SectionReader, timezone: TimeZone) {
        self.init()
        projects = reader.list("projects", PatternSubject.projects.pattern) ?? projects
        mode = Self.mode(reader, timezone)
        classes = reader.section("classes").map(Self.classes) ?? classes
        followsHarborPolicies = reader.value("harbor_policies", PlainValues.boolean) ?? !reader.has("classes")
        rollbackReleases = reader.value("rollback_releases", PlainValues.number(0...10_000)) ?? rollbackReleases
        keepsSignedReleases = reader.value("keep_signed_releases", PlainValues.boolean) ?? keepsSignedReleases
        caps = Caps(reader)
        deletionsPerMinute = reader.value("rate", PlainValues.perMinute) ?? deletionsPerMinute
        if !reader.has("classes"), !followsHarborPolicies {
            reader.problems.report(
                at: reader.path(of: "harbor_policies"), "'\(reader.path)' has neither 'classes' nor Harbor's policies to judge by",
                hint: "add 'classes', or 'harbor_policies: true'")
        }
    }

    private static func mode(_ reader: SectionReader, _ timezone: TimeZone) -> Mode {
        let name = reader.value("mode", PlainValues.oneOf(ModeName.self))
        let start = reader.value("enforce_from", PlainValues.moment(in: timezone))
        switch name {
        case .enforce: return .enforce(from: start)
        case .report, nil:
            // A mode that could not be read is reported already.
            if reader.has("enforce_from"), name == .report || !reader.has("mode") {
                reader.problems.report(
                    at: reader.path(of: "enforce_from"), "'\(reader.path).enforce_from' says when deletions begin, and 'mode' is report",
                    hint: "add 'mode: enforce'")
            }
            return .report
        }
    }

    private static func classes(_ reader: SectionReader) -> [RetentionClass] {
        if reader.names.isEmpty {
            reader.problems.report(
                reader.place, "'\(reader.path)' is empty", hint: "name a class, such as releases: {versions: releases, keep: {last: 5}}")
        }
        return Configuration.named(reader) { section, _ in RetentionClass(section) }
    }
}

extension RetentionSettings.Caps {
    fileprivate init(_ reader: SectionReader) {
        self.init()
        share = reader.value("max_share", PlainValues.percentage) ?? share
        count = reader.value("max_artifacts", PlainValues.number(1...100_000_000)) ?? count
        allowsEmptying = reader.value("allow_emptying", PlainValues.boolean) ?? allowsEmptying
    }
}
