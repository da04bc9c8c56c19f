import HarborDatabase
import Retention
import Testing

@Suite("Immutable tags are found as Harbor finds them")
struct ImmutabilityRulesTests {
    typealias Sample = SampleRegistry

    private func rule(tags: [String], repositories: [String], project: Int64 = 1) -> StoredRule {
        StoredRule(id: 3, projectID: project, json: Sample.rule("immutable_template", tags: tags, repositories: repositories))
    }

    private func protected(_ rules: [StoredRule]) throws -> [Bool] {
        try ImmutabilityRules(rules).protects(
            Sample.repository([try Sample.artifact(1, ["v1", "x"]), try Sample.artifact(2, ["dev"]), try Sample.artifact(3)]))
    }

    @Test("a tag that matches protects its artifact")
    func matches() throws {
        let all = [Sample.selector("repoMatches", "**")]
        #expect(try protected([rule(tags: [Sample.selector("matches", "v*")], repositories: all)]) == [true, false, false])
        #expect(try protected([rule(tags: [Sample.selector("matches", "**")], repositories: all)]) == [true, true, false])
        #expect(try protected([rule(tags: [Sample.selector("excludes", "v*")], repositories: all)]) == [true, true, true])
    }

    @Test("only the first selector of each kind counts")
    func firstOnly() throws {
        let first = rule(
            tags: [Sample.selector("matches", "v*"), Sample.selector("matches", "dev")],
            repositories: [Sample.selector("repoMatches", "app"), Sample.selector("repoMatches", "nothing")])
        #expect(try protected([first]) == [true, false, false])
        let second = rule(
            tags: [Sample.selector("matches", "v*")],
            repositories: [Sample.selector("repoMatches", "nothing"), Sample.selector("repoMatches", "app")])
        #expect(try protected([second]) == [false, false, false])
    }

    @Test("a rule without a selector, or of another project, protects nothing")
    func silent() throws {
        let (tags, all) = ([Sample.selector("matches", "**")], [Sample.selector("repoMatches", "**")])
        #expect(try protected([rule(tags: [], repositories: all)]) == [false, false, false])
        #expect(try protected([rule(tags: tags, repositories: [])]) == [false, false, false])
        #expect(try protected([rule(tags: tags, repositories: all, project: 2)]) == [false, false, false])
    }

    @Test("a rule that cannot be read is named with its project")
    func faults() throws {
        let rules = ImmutabilityRules([StoredRule(id: 8, projectID: 4, json: "{"), rule(tags: [], repositories: [])])
        #expect(rules.faults.map(\.rule) == [8])
        #expect(rules.faults.map(\.project) == [4])
        #expect(rules.faults.map(\.error.code) == [.malformedRule])
    }
}
