import Testing

@testable import HarborStandIn

@Suite("patterns of selectors")
struct DoublestarPatternTests {
    @Test(
        "fit as Harbor's do",
        arguments: [
            ("", "anything/at all", true), ("*", "v1", true), ("*", "a/b", false), ("**", "a/b/c", true), ("**", "a", true),
            ("a/**", "a/b/c", true), ("a/**", "a", false), ("**/c", "a/b/c", true), ("**/c", "c", true), ("a/*/c", "a/b/c", true),
            ("a/**/d", "a/d", true), ("v?", "v1", true), ("v?", "v", false), ("v[0-9].*", "v1.2", true), ("v[^0-9]", "v1", false),
            ("V*", "v1", false), ("{dev,test}-*", "test-1", true), ("{dev,test}-*", "prod-1", false), ("v1.[", "v1.[", false),
            ("r{1,2}/{a,b}", "r2/a", true), (#"\*"#, "*", true), (#"\*"#, "x", false), ("*-rc*", "1.0-rc1", true), ("v**", "v1/2", false),
            ("latest", "latest2", false),
        ])
    func fit(_ pattern: String, _ name: String, _ expected: Bool) {
        #expect(DoublestarPattern(pattern).matches(name) == expected, "\(pattern) \(name)")
    }
}
