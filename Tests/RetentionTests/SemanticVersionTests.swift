import Retention
import Testing

@Suite("Versions")
struct SemanticVersionTests {
    @Test(
        "precedence orders versions",
        arguments: zip(
            [
                "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",
                "v1.0.9", "1.0.10", "1.9.0", "9.0.0", "1.0.99999999999999999999",
            ],
            [
                "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "v1.0.1",
                "1.0.10", "v1.1.0", "1.10.0", "10.0.0", "1.0.100000000000000000000",
            ]))
    func precedence(_ lower: String, _ higher: String) throws {
        let (lower, higher) = (try SemanticVersion(parsing: lower), try SemanticVersion(parsing: higher))
        #expect(lower < higher)
        #expect(!(higher < lower))
        #expect(lower != higher)
    }

    @Test("neither a leading v nor build metadata counts", arguments: ["v1.2.3", "1.2.3+build.7", "v1.2.3+a-b.01"])
    func equal(_ text: String) throws {
        #expect(try SemanticVersion(parsing: text) == SemanticVersion(parsing: "1.2.3"))
        #expect(try Set([SemanticVersion(parsing: text), SemanticVersion(parsing: "1.2.3")]).count == 1)
    }

    @Test(
        "what is no version is refused",
        arguments: [
            "", "v", "1", "1.2", "v1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+", "1.2.3-é", "V1.2.3",
            "vv1.2.3", "1.2.x", "latest", "-1.2.3", " 1.2.3", "1.2.3_1",
        ])
    func refused(_ text: String) throws {
        let error = try #require(throws: RetentionError.self) { try SemanticVersion(parsing: text) }
        #expect(error.code == .malformedVersion)
        #expect(SemanticVersion(text) == nil)
    }

    @Test(
        "a prerelease is told from a release", arguments: [("1.0.0", false), ("1.0.0-rc.1", true), ("1.0.0+x-y", false), ("1.0.0-0", true)])
    func prerelease(_ text: String, _ isPrerelease: Bool) throws {
        #expect(try SemanticVersion(parsing: text).isPrerelease == isPrerelease)
    }
}
