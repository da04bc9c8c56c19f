import Testing

@testable import HarborStandIn

@Suite("what retention decides")
struct RetentionVerdictTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let rules: [RetentionPolicy.Rule]
        let deleted: Set<Int64>
    }

    private static let day: Int64 = 86_400
    private static let now: Int64 = 1_800_000_000
    private static let never: Int64 = -62_135_596_800

    private static let candidates = [
        RetentionCandidate(id: 1, digest: "1", tags: ["v1", "old"], pushed: now - 40 * day, pulled: now - day),
        RetentionCandidate(id: 2, digest: "2", tags: ["v2"], pushed: now - 20 * day, pulled: never),
        RetentionCandidate(id: 3, digest: "3", tags: ["dev-3"], pushed: now - 3 * day, pulled: now - 2 * day),
        RetentionCandidate(id: 4, digest: "4", tags: [], pushed: now - day, pulled: never),
    ]

    private static func rule(
        _ template: String, _ number: Int? = nil, _ decoration: String = "matches", _ pattern: String = "**", extras: String? = nil
    ) -> RetentionPolicy.Rule {
        RetentionPolicy.Rule(
            action: "retain", template: template, params: number.map { [template: $0] } ?? [:],
            tagSelectors: [.init(kind: "doublestar", decoration: decoration, pattern: pattern, extras: extras)], scopeSelectors: nil)
    }

    private static let tagged = #"{"untagged":false}"#
    private static let untagged = #"{"untagged":true}"#

    @Test(
        "a union of rules keeps, everything else goes",
        arguments: [
            Case(testDescription: "everything is always kept", rules: [rule("always")], deleted: []),
            Case(testDescription: "the two latest pushes", rules: [rule("latestPushedK", 2)], deleted: [1, 2]),
            Case(testDescription: "the latest pull", rules: [rule("latestPulledN", 1)], deleted: [2, 3, 4]),
            Case(testDescription: "pushed within days", rules: [rule("nDaysSinceLastPush", 20)], deleted: [1]),
            Case(
                testDescription: "a new image that nobody pulled goes by its pull time", rules: [rule("nDaysSinceLastPull", 5)],
                deleted: [2, 4]),
            Case(testDescription: "active", rules: [rule("latestActiveK", 2)], deleted: [2, 3]),
            Case(
                testDescription: "a rule that matches nothing deletes all", rules: [rule("always", nil, "matches", "x*", extras: tagged)],
                deleted: [1, 2, 3, 4]),
            Case(
                testDescription: "matches keeps the untagged unless told otherwise", rules: [rule("always", nil, "matches", "v*")],
                deleted: [3]),
            Case(
                testDescription: "one tag keeps an artifact", rules: [rule("always", nil, "matches", "old", extras: tagged)],
                deleted: [2, 3, 4]),
            Case(
                testDescription: "excludes takes an artifact with any other tag", rules: [rule("always", nil, "excludes", "v*")],
                deleted: [2]),
            Case(
                testDescription: "excludes with untagged leaves the untagged out",
                rules: [rule("always", nil, "excludes", "v*", extras: untagged)], deleted: [2, 4]),
            Case(
                testDescription: "two rules", rules: [rule("latestPushedK", 1), rule("always", nil, "matches", "v2", extras: tagged)],
                deleted: [1, 3]),
            Case(
                testDescription: "without tag selectors nothing is asked",
                rules: [RetentionPolicy.Rule(action: "retain", template: "latestPushedK", params: ["latestPushedK": 1], tagSelectors: [])],
                deleted: []),
        ])
    func verdict(_ c: Case) {
        #expect(RetentionVerdict.deletions(among: Self.candidates, rules: c.rules, now: Self.now) == c.deleted)
    }
}
