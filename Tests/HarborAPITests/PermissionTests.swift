import Foundation
import HarborAPI
import Testing

@Suite("The robot's permissions")
struct PermissionTests {
    @Test("README lists exactly these")
    func readme() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let start = try #require(text.firstRange(of: "<!-- robot permissions -->"))
        let end = try #require(text.firstRange(of: "<!-- /robot permissions -->"))
        let table = text[start.upperBound..<end.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines) + "\n"
        #expect(table == HarborPermission.table)
    }

    @Test("each stands once, in order")
    func order() {
        #expect(HarborPermission.all == Set(HarborPermission.all).sorted())
        #expect(Set(HarborPermission.all).isSuperset(of: HarborOperation.allCases.compactMap(\.permission)))
    }

    @Test("what no robot can be granted has no permission")
    func administrator() {
        #expect(HarborOperation.allCases.filter { $0.needsAdministrator && $0.permission != nil } == [])
        #expect(HarborOperation.getConfigurations.needsAdministrator)
    }
}
