import Foundation
import LabServers
import Testing

@Suite("check-config --live on the command line")
struct LiveCheckCommandTests {
    /// A host with a vault, nobody behind its database's port, and a registry without a blob.
    private func host() async throws -> SampleHost {
        let host = try await SampleHost.withVault()
        let text = host.configuration.replacing("  user: opsd\n", with: "  user: opsd\n  port: \(try FreePort.next())\n")
        let more = "listen: 127.0.0.1:\(try FreePort.next())\ncontrol_socket: \(host.folder.file("run/control.sock"))\n"
        try host.write(text + more, to: "opsd.yaml")
        return host
    }

    @Test("the table follows the report, each row that is not fine has its remedy below, and 69 says that the database was out of reach")
    func text() async throws {
        let host = try await host()
        let spoken = await host.opsd("check-config", "--live")
        #expect(spoken.status == 69 && spoken.errors.isEmpty)
        #expect(spoken.output.hasPrefix("\(host.configurationFile): valid\n"))
        let lines = spoken.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let header = try #require(lines.firstIndex { $0.hasPrefix("RESULT") })
        #expect(lines[header].split(separator: " ") == ["RESULT", "CHECK", "TARGET", "DETAIL"])
        let rows = lines[(header + 1)...].prefix { !$0.isEmpty }.map { $0.split(separator: " ").map(String.init) }
        #expect(rows.contains { $0.prefix(2) == ["failed", "database"] } && rows.contains { $0.prefix(2) == ["ok", "vault"] })
        for row in rows where row[0] == "failed" || row[0] == "warning" {
            #expect(lines.contains { $0.hasPrefix("\(row[0]) \(row[1]) ") && $0.contains(". Hint: ") }, "\(row)")
        }
        let count = try #require(lines.last { !$0.isEmpty })
        #expect(count.hasPrefix("\(rows.count) checks: ") && count.contains(" 1 failed"))
    }

    @Test("the checks are one more member of the report's JSON, whatever their outcome")
    func json() async throws {
        let host = try await host()
        let spoken = await host.opsd("check-config", "--live", "--json")
        #expect(spoken.status == 69 && spoken.errors.isEmpty)
        var object = try spoken.object()
        let checks = try #require(object.removeValue(forKey: "checks") as? [[String: String]])
        #expect(checks.contains { $0["check"] == "probe" && $0["result"] == "ok" })
        #expect(checks.allSatisfy { $0["target"] != nil && $0["detail"] != nil })
        #expect(checks.allSatisfy { ($0["remedy"] != nil) == ["failed", "warning"].contains($0["result"]) })
        let plain = try await host.opsd("check-config", "--json").object()
        #expect(plain["checks"] == nil && !plain.isEmpty)
        #expect(object as NSDictionary == plain as NSDictionary)
    }

    @Test("a key that is open to others ends with 78, and warnings alone with 0")
    func statuses() async throws {
        let host = try await host()
        let text = try String(contentsOfFile: host.configurationFile, encoding: .utf8)
        // Without a database there is no backup to schedule either.
        let rest = text.replacing(/(database|jobs):\n(?:  .*\n)+/, with: "")
        #expect(rest != text)
        try host.write(rest, to: "opsd.yaml")
        let sound = await host.opsd("check-config", "--live")
        #expect(sound.status == 0 && sound.output.contains("warning  storage"), "\(sound.output)")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: host.folder.file("keys/signing-key"))
        let open = await host.opsd("check-config", "--live")
        #expect(open.status == 78 && open.output.contains("chmod 0600"))
    }

    @Test("its help says what it writes, and a broken configuration is not tried")
    func help() async throws {
        let help = await Spoken.opsd("check-config", "--help")
        #expect(help.status == 0 && help.output.contains("--live") && help.output.contains("probes"))
        let host = try await host()
        try host.write("nonsense: 1\n", to: "opsd.yaml")
        let spoken = await host.opsd("check-config", "--live", "--json")
        #expect(spoken.status == 78 && spoken.output.isEmpty)
    }
}
