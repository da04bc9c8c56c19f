internal import CronSchedule
internal import Foundation
internal import JobEngine

extension JobSection {
    /// Reads one job; `defaultVault` is the one that it uses unless it names another.
    init?(_ reader: SectionReader, entry: SourceEntry, defaultVault: String?) {
        guard let kind = Self.kind(reader, entry) else {
            reader.know(Self.commonKeys + JobKind.allCases.flatMap(JobWork.ownKeys))
            reader.finish()
            return nil
        }
        let timezone = reader.value("timezone", Self.timezone) ?? .gmt
        let work = JobWork(kind, reader, timezone: timezone)
        reader.need("schedule", hint: "a cron expression, or 'manual' for a job that only 'opsd run-now' starts")
        let schedule = reader.value("schedule", Self.schedule)
        let deadline = reader.value("deadline", DurationText.parsePositive) ?? Self.defaultDeadline
        let retries = Self.retries(reader)
        let jitter = reader.value("jitter", DurationText.parse) ?? .zero
        let catchUp = reader.value("catch_up", DurationText.parse) ?? .zero
        let overlap = reader.value("overlap", PlainValues.oneOf(Overlap.self)) ?? .skip
        let after = reader.list("after", PlainValues.text) ?? []
        let requirement = reader.section("requires").flatMap(Self.requirement)
        let vault = JobWork.ownKeys(of: kind).contains("vault") ? reader.value("vault", PlainValues.text) ?? defaultVault : nil
        reader.finish { key in
            let kinds = JobKind.allCases.filter { JobWork.ownKeys(of: $0).contains(key) }.map(\.rawValue)
            return kinds.isEmpty ? nil : "'\(key)' is an option of \(kinds.joined(separator: ", ")), not of \(kind.rawValue)"
        }
        self.init(
            name: reader.name, work: work, schedule: schedule ?? nil, timezone: timezone, deadline: deadline, retries: retries,
            jitter: jitter,
            catchUp: catchUp, overlap: overlap, after: after, requirement: requirement, vault: vault)
    }

    private static let commonKeys = [
        "schedule", "timezone", "deadline", "retries", "backoff", "backoff_limit", "jitter", "catch_up", "overlap", "after", "requires",
    ]

    /// The kind that the job names, or that its own name is.
    private static func kind(_ reader: SectionReader, _ entry: SourceEntry) -> JobKind? {
        if reader.has("kind") { return reader.value("kind", PlainValues.oneOf(JobKind.self)) }
        // Asked for, so that a slip such as `kin` is told from an unknown key.
        _ = reader.node("kind")
        if let kind = JobKind(rawValue: entry.key) { return kind }
        let known = JobKind.allCases.map(\.rawValue)
        let nearest = NearestName(to: entry.key, among: known).name.map { "did you mean '\($0)'? " } ?? ""
        reader.problems.report(
            entry.place, "job \(SourceText.quoted(entry.key)) has no 'kind', and its name is none",
            hint: "\(nearest)kinds: \(known.joined(separator: ", "))")
        return nil
    }

    private static func schedule(_ text: String) throws(MalformedValue) -> CronExpression? {
        guard text != "manual" else { return nil }
        do {
            return try CronExpression(parsing: text)
        } catch {
            throw MalformedValue("is no schedule, from its column \(error.position): \(error.problem)", hint: error.remedy)
        }
    }

    private static func timezone(_ text: String) throws(MalformedValue) -> TimeZone {
        do {
            return try ArgumentText.timezone(text)
        } catch {
            throw MalformedValue("is not a time zone", hint: error.remedy)
        }
    }

    private static func retries(_ reader: SectionReader) -> Retries {
        let standard = Retries()
        let count = reader.value("retries", PlainValues.number(0...20)) ?? standard.count
        let backoff = reader.value("backoff", DurationText.parsePositive) ?? standard.backoff
        let limit = reader.value("backoff_limit", DurationText.parsePositive) ?? max(standard.limit, backoff)
        if limit < backoff {
            reader.problems.report(at: reader.path(of: "backoff_limit"), "'\(reader.path).backoff_limit' is shorter than 'backoff'")
        }
        return Retries(count: count, backoff: backoff, limit: limit)
    }

    private static func requirement(_ reader: SectionReader) -> Requirement? {
        let age = reader.required("complete_snapshot", hint: "the greatest age that it may have, such as 26h", DurationText.parsePositive)
        reader.finish()
        return age.map(Requirement.init)
    }
}
