import Foundation
import LocalIO
import SystemPackage
import Testing

@testable import Assembly

@Suite("the report of live checks")
struct LiveCheckReportTests {
    private static let mend = LiveCheck(.keys, "main", .failed(.configuration, remedy: "mend it"), "open to others")
    private static let absent = LiveCheck(.database, "registry", .failed(.unreachable, remedy: "start it"), "no answer")
    private static let rotten = LiveCheck(.storage, "/data", .failed(.damaged, remedy: "replace it"), "wrong bytes")
    private static let odd = LiveCheck(.listen, "127.0.0.1:1", .warning(remedy: "look"), "in use")
    private static let fine = LiveCheck(.files, "/etc", .ok, "readable")
    private static let left = LiveCheck(.harbor, "https://h", .skipped, "not checked")

    @Test(
        "the worst failure decides the exit status: what must be mended, then damage, then what is out of reach",
        arguments: [
            ([], 0), ([fine, odd, left], 0), ([absent, fine], 69), ([absent, rotten], 1), ([rotten, absent, mend], 78), ([fine, mend], 78),
        ] as [([LiveCheck], Int32)])
    func exitCode(checks: [LiveCheck], code: Int32) {
        #expect(LiveCheckReport(checks: checks).exitCode == code)
    }

    @Test("its JSON has a flat row a check, and a remedy only where there is something to do")
    func json() throws {
        let report = LiveCheckReport(checks: [Self.fine, Self.odd, Self.mend, Self.left])
        let object = try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: [[String: String]]])
        #expect(
            object == [
                "checks": [
                    ["check": "files", "target": "/etc", "result": "ok", "detail": "readable"],
                    ["check": "listen", "target": "127.0.0.1:1", "result": "warning", "detail": "in use", "remedy": "look"],
                    ["check": "keys", "target": "main", "result": "failed", "detail": "open to others", "remedy": "mend it"],
                    ["check": "harbor", "target": "https://h", "result": "skipped", "detail": "not checked"],
                ]
            ])
    }

    @Test("a message of several lines becomes one line")
    func lines() {
        #expect(LiveCheck(.database, "d", .ok, "one\n  two\r\nthree\n").detail == "one   two three")
    }

    @Test("a right that is missing is a matter of the configuration, a full disk passes, and an error without a remedy gets one")
    func errors() {
        let denied = LiveCheck(.files, "/f", failedWith: LocalIOError("open", "/f", .permissionDenied), remedy: "let opsd read it")
        #expect(denied.result == .failed(.configuration, remedy: "let opsd read it") && denied.detail.contains("/f"))
        let full = LiveCheck(.stateDirectory, "/s", failedWith: LocalIOError("write", "/s", .noSpace), remedy: "make room")
        #expect(full.result == .failed(.unreachable, remedy: "make room"))
        let broken = LiveCheck(.files, "/f", failedWith: LocalIOError("read", "/f", .ioError), remedy: "look at the disk")
        #expect(broken.result == .failed(.damaged, remedy: "look at the disk"))
    }
}
