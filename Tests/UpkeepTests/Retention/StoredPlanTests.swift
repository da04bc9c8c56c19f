import Foundation
import HarborDatabase
import LabServers
import LocalIO
import OCIImage
import Retention
import SystemPackage
import Testing

@testable import Upkeep

@Suite("A stored plan of a retention")
struct StoredPlanTests {
    private let folder: TemporaryFolder
    private var path: FilePath { FilePath(folder.path) }

    init() throws { folder = try TemporaryFolder("opsd-plan") }

    private func world() throws -> [StoredRepository] {
        [
            try Samples.repository([
                try Samples.artifact(1, tags: ["build-3"]), try Samples.artifact(2, tags: ["build-2", "build-x"]),
                try Samples.artifact(3, tags: ["build-1"]), try Samples.artifact(4, tags: ["other"]),
                try Samples.artifact(5, tags: ["sha256-x.sig"], subject: 3),
            ]),
            try Samples.repository("library/empty", []),
        ]
    }

    @Test("tells for every artifact whether it goes, and why")
    func everything() throws {
        let plan = try Samples.plan(try world(), try Samples.settings(), in: path)
        var lines: [String] = []
        try plan.forEachLine { line in
            switch line {
            case .repository(let sums): lines.append("\(sums.repository) \(sums.artifacts) \(sums.removed) \(sums.freedBytes)")
            case .removal(let removal): lines.append("goes \(removal.id) \(removal.code) \(removal.className ?? "-")")
            case .stay(let stay): lines.append("stays \(stay.id) \(stay.code)")
            }
        }
        #expect(
            lines == [
                "library/app 5 3 300", "stays 1 in_class", "goes 2 not_kept builds", "goes 3 not_kept builds", "stays 4 unclassified",
                "goes 5 with_subject -",
            ])
        #expect(plan.totals.removed == 3 && plan.totals.artifacts == 5 && plan.totals.freedBytes == 300)
        let removals = try plan.removals()
        #expect(try removals.map(\.id) == [2, 3, 5] && removals[2].follows == Samples.digest(3))
        #expect(try plan.repositories().map(\.repository.description) == ["library/app"])
        #expect(try Folder.names(path) == ["retention-\(plan.shortHash).jsonl"])
    }

    @Test("the same world gives the same hash at another time, another world or other settings give another one")
    func hashes() throws {
        let settings = try Samples.settings()
        let first = try Samples.plan(try world(), settings, in: path)
        #expect(try Samples.plan(try world(), settings, in: path, at: Samples.now.addingTimeInterval(86_400)).hash == first.hash)
        var pushed = try world()
        pushed[0] = try Samples.repository(
            pushed[0].artifacts.map { $0.id == 3 ? try Samples.artifact(3, tags: ["build-1"], age: 3.5) : $0 })
        #expect(try Samples.plan(pushed, settings, in: path).hash != first.hash)
        #expect(try Samples.plan(try world(), try Samples.settings(last: 2), in: path).hash != first.hash)
        var capped = settings
        capped.caps.count = 1
        capped.mode = .report
        #expect(try Samples.plan(try world(), capped, in: path).hash == first.hash)
    }

    @Test("damage is found before anything is read from it", arguments: ["reason", "drop", "cut", "extra", "rename", "version", "empty"])
    func damage(_ kind: String) throws {
        let plan = try Samples.plan(try world(), try Samples.settings(), in: path)
        var text = String(decoding: try FileReader.contents(of: plan.path), as: UTF8.self)
        var target = plan.path
        switch kind {
        case "reason": text = text.replacing("\"go\":2", with: "\"go\":4")
        case "drop": text = text.split(separator: "\n").filter { !$0.contains("\"go\":3") }.joined(separator: "\n") + "\n"
        case "cut": text = String(text.dropLast(10))
        case "extra": text += "{\"go\":9}\n"
        case "version": text = text.replacing("\"version\":1", with: "\"version\":2")
        case "empty": text = ""
        default: target = path.appending("retention-0123456789abcdef.jsonl")
        }
        try DurableFile.write(Array(text.utf8), to: target, replacing: true)
        let error = #expect(throws: UpkeepError.self) { try StoredPlan(reading: target) }
        #expect(error?.code == .corrupt)
    }

    @Test("members and lines of a later version of the same format are passed over")
    func additive() throws {
        let plan = try Samples.plan(try world(), try Samples.settings(), in: path)
        let text = String(decoding: try FileReader.contents(of: plan.path), as: UTF8.self)
            .replacing("{\"stay\":1,", with: "{\"stay\":1,\"colour\":\"green\",")
        try DurableFile.write(Array(text.utf8), to: plan.path, replacing: true)
        let read = try StoredPlan(reading: plan.path)
        #expect(read.hash == plan.hash)
        try read.forEachLine(.stays) { _ in }
    }

    @Test("a text with quotes, line ends and letters of any script comes back as it was")
    func texts() throws {
        var line = PlanLine()
        let text = "a \"quoted\" \\ text\nwith \u{1} and größer 日本"
        line.add("text", text)
        line.add("list", [text, ""])
        line.add("number", Int64.min)
        line.add("flag", true)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.finish())) as? [String: Any])
        #expect(object["text"] as? String == text && object["list"] as? [String] == [text, ""] && object["flag"] as? Bool == true)
        #expect(object["number"] as? Int64 == Int64.min)
    }
}

@Suite("The archive of plans")
struct PlanArchiveTests {
    private let folder: TemporaryFolder
    private let archive: PlanArchive

    init() throws {
        folder = try TemporaryFolder("opsd-plans")
        archive = PlanArchive(stateDirectory: FilePath(folder.path))
        try Folder.make(archive.folder)
    }

    private func plan(_ last: Int) throws -> StoredPlan {
        let artifacts = try (1...3).map { try Samples.artifact(Int64($0), tags: ["build-\($0)"]) }
        return try Samples.plan([try Samples.repository(artifacts)], try Samples.settings(last: last), in: archive.folder)
    }

    @Test("a plan is found by its first digits, and by nothing else")
    func lookups() throws {
        let plan = try plan(1)
        for digits in [plan.hash, plan.shortHash, String(plan.hash.prefix(8)), plan.hash.uppercased()] {
            #expect(try archive.plan(digits).hash == plan.hash)
        }
        for digits in [
            "", "abc", String(plan.hash.prefix(7)), "../\(plan.shortHash)", plan.hash + "0",
            plan.shortHash + String(repeating: "x", count: 4),
        ] {
            let error = #expect(throws: UpkeepError.self) { try archive.plan(digits) }
            #expect(error?.code == .notFound, "\(digits)")
        }
        #expect(try archive.newest() == [plan.shortHash])
        #expect(try PlanArchive(stateDirectory: FilePath(folder.file("absent"))).newest().isEmpty)
    }

    @Test("the newest 20 stay, and what was approved or applied for 400 days")
    func pruning() throws {
        func touch(_ name: String, daysAgo: Double) throws {
            let path = archive.folder.appending(name)
            try DurableFile.write([], to: path, replacing: true)
            try FileManager.default.setAttributes(
                [.modificationDate: Samples.now.addingTimeInterval(-86_400 * daysAgo)], ofItemAtPath: path.string)
        }
        for number in 0..<25 { try touch("retention-\(String(format: "%016d", number)).jsonl", daysAgo: Double(number)) }
        for (number, age) in [(30, 100.0), (31, 401.0)] {
            for suffix in ["jsonl", "approved", "applied"] {
                try touch("retention-\(String(format: "%016d", number)).\(suffix)", daysAgo: age)
            }
        }
        try touch(".retention-1.spool", daysAgo: 2)
        try touch(".retention-2.spool", daysAgo: 0.5)
        try archive.prune(now: Samples.now)
        let expected =
            (0..<20).map { "retention-\(String(format: "%016d", $0)).jsonl" }
            + ["jsonl", "approved", "applied"].map { "retention-\(String(format: "%016d", 30)).\($0)" } + [".retention-2.spool"]
        #expect(Set(try Folder.names(archive.folder)) == Set(expected))
    }

    @Test("an approval counts once, until its end, and a damaged one blocks")
    func approvals() throws {
        let plan = try plan(1)
        var approval = PlanApproval(plan: plan.hash, by: "anna", created: Samples.now, until: Samples.now.addingTimeInterval(3600))
        try archive.write(approval)
        #expect(try archive.approvals() == [approval])
        #expect(approval.isOpen(at: Samples.now) && !approval.isOpen(at: Samples.now.addingTimeInterval(3600)))
        #expect(!approval.isOpen(at: Samples.now.addingTimeInterval(-3600)))
        approval.used = Samples.now
        try archive.write(approval)
        #expect(try archive.approvals().first?.isOpen(at: Samples.now) == false)
        try DurableFile.write(Array("{".utf8), to: archive.approvalPath(plan.hash), replacing: true)
        #expect(throws: UpkeepError.self) { try archive.approvals() }
    }
}

@Suite("The findings that a plan lists")
struct PlanFindingsTests {
    @Test("an unused class is among them, however many others there are")
    func unusedFirst() throws {
        let owner = ImageHold.Target.image(try Reference(parsing: "library/app:1"))
        let many = (1...150).map { RetentionFinding.holdWithoutImage(owner, owner: "owner \($0)") }
        let summary = RetentionSummary(totals: .init(), violations: [], findings: many + [.classWithoutMatch("builds")])
        let totals = PlanTotals(summary, freed: FreedBytes(blobs: 0, bytes: 0))
        #expect(totals.findings.count == 100 && totals.findingsCount == 151)
        #expect(totals.findings.first?.code == RetentionFinding.Code.classWithoutMatch.rawValue)
    }
}
