import Foundation
import Postgres

/// What retention does to one repository.
struct RetentionTask: Sendable {
    let project: Int64
    /// With the project.
    let repository: String
    /// Without the project.
    let name: String
    /// The enabled rules that take this repository.
    let rules: [RetentionPolicy.Rule]
    let isDryRun: Bool
}

/// One task of a retention execution: decides, deletes, and writes the table that says what became of each artifact.
struct RetentionRun: Sendable {
    let context: JobContext
    let task: RetentionTask

    private enum Fate: String {
        case retain = "RETAIN"
        case delete = "DEL"
        case immutable = "IMMUTABLE"
        case error = "ERR"
    }

    /// Answers the counts as attributes of the task. Throws `JobStopped`.
    func run() async throws -> String {
        await context.log("retention of \(task.repository), rules: or, dry run: \(task.isDryRun)")
        let candidates = try await candidates()
        await context.log("\(candidates.count) artifacts are candidates")
        let now = try await context.database.number("SELECT extract(epoch FROM now())::bigint")
        let doomed = RetentionVerdict.deletions(among: candidates, rules: task.rules, now: now)
        let immutability = try await ImmutabilityRules(ofProject: Int(task.project), in: context.database)
        var fates: [Fate] = []
        var errors: [String] = []
        for candidate in candidates {
            try await context.heedStop()
            guard doomed.contains(candidate.id) else {
                fates.append(.retain)
                continue
            }
            guard !isImmutable(candidate, immutability) else {
                fates.append(.immutable)
                continue
            }
            do {
                if !task.isDryRun { try await delete(candidate) }
                fates.append(.delete)
            } catch let error as PostgresError {
                throw error
            } catch {
                fates.append(.error)
                errors.append("cannot delete \(task.repository)@\(candidate.digest): \(error)")
            }
        }
        await context.log("\n" + Self.table(candidates, fates))
        for error in errors { await context.log(error) }
        // Only what was deleted, or would have been, does not count as retained.
        let deleted = fates.count { $0 == .delete }
        return #"{"total":\#(candidates.count),"retained":\#(candidates.count - deleted)}"#
    }

    /// The look at immutability that a task takes before it deletes. It errs for nested repositories: the first part of their name is lost,
    /// so that a dry run says "DEL" where core refuses.
    private func isImmutable(_ candidate: RetentionCandidate, _ rules: ImmutabilityRules) -> Bool {
        let parts = task.repository.split(separator: "/")
        let seen = parts.count > 2 ? parts.dropFirst().joined(separator: "/") : task.repository
        return candidate.tags.contains { rules.cover(repository: seen, tag: $0) }
    }

    /// Goes through core's API, which refuses while the instance is read-only.
    private func delete(_ candidate: RetentionCandidate) async throws {
        if try await context.database.isReadOnly() { throw StandInFailure(403, "DENIED", "the system is in read only mode") }
        try await context.service.deletion.delete(artifact: candidate.id, user: "harbor-jobservice")
    }

    /// Everything that the artifact list shows by default, the latest push first.
    private func candidates() async throws -> [RetentionCandidate] {
        try await context.database.query(
            """
            SELECT a.id, a.digest, (SELECT coalesce(json_agg(t.name ORDER BY t.name), '[]') FROM tag t WHERE t.artifact_id = a.id) AS tags,
                floor(extract(epoch FROM greatest(a.push_time, (SELECT max(push_time) FROM tag t WHERE t.artifact_id = a.id))))::bigint AS pushed,
                floor(extract(epoch FROM coalesce(greatest(a.pull_time, (SELECT max(pull_time) FROM tag t WHERE t.artifact_id = a.id)),
                    '0001-01-01')))::bigint AS pulled
            FROM artifact a WHERE a.repository_name = $1
            AND NOT EXISTS (SELECT FROM artifact_accessory x WHERE x.artifact_id = a.id)
            AND (EXISTS (SELECT FROM tag t WHERE t.artifact_id = a.id) OR NOT EXISTS (SELECT FROM artifact_reference r WHERE r.child_id = a.id))
            ORDER BY a.push_time DESC, a.id DESC
            """, [task.repository]
        ).map { row in
            RetentionCandidate(
                id: try row.int64("id"), digest: try row.text("digest"),
                tags: try JSONDecoder().decode([String].self, from: Data(row.text("tags").utf8)), pushed: try row.int64("pushed"),
                pulled: try row.int64("pulled"))
        }
    }

    private static func table(_ candidates: [RetentionCandidate], _ fates: [Fate]) -> String {
        let head = ["DIGEST", "TAG", "KIND", "LABELS", "PUSHEDTIME", "PULLEDTIME", "CREATEDTIME", "RETENTION"]
        let rows = zip(candidates, fates).map { candidate, fate in
            [
                candidate.digest, candidate.tags.joined(separator: ","), "image", "", time(candidate.pushed), time(candidate.pulled),
                time(0),
                fate.rawValue,
            ]
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            "|" + zip(cells, widths).map { " " + $0.padding(toLength: $1, withPad: " ", startingAt: 0) + " " }.joined(separator: "|") + "|"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
        return ([line(head), rule] + rows.map(line)).joined(separator: "\n")
    }

    private static func time(_ seconds: Int64) -> String {
        seconds <= 0 ? "" : Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601.dateTimeSeparator(.space))
    }
}
