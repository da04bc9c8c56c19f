import Foundation
import HarborLab
import LabServers
import Testing

@Suite("recovery without opsd", .offThePool, .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct RunbookTests {
    /// The `sh` blocks of a page, in order.
    static func commands(of page: String) throws -> String {
        let text = try String(contentsOfFile: Project.root + "/runbooks/" + page, encoding: .utf8)
        var isCode = false
        var code: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") { isCode = line == "```sh" } else if isCode { code.append(line) }
        }
        return code.joined(separator: "\n") + "\n"
    }

    @Test("the commands of the runbook lead from a vault to a working database and registry")
    func recover() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        #expect(try host.backup("backup-database").status == 0)
        let database = try host.emptyDatabase()
        let public_key = try String(decoding: Program.succeed("ssh-keygen", ["-y", "-f", host.state + "/signing-key"]), as: UTF8.self)
        let script = try Self.commands(of: "recover-without-opsd.md")
        #expect(!script.contains("opsd run-now") && !script.contains("opsd restore"))
        let work = host.folder.file("work")
        let result = try Program.run(
            "bash", ["-c", script],
            environment: [
                "VAULT": host.vault, "IDENTITY": host.identity, "SIGNER": public_key.split(separator: " ").prefix(2).joined(separator: " "),
                "DSN": database.dsn, "WORK": work,
            ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try host.schemaText(database.name) == host.schemaText("registry"))
        #expect(try host.rows(database.name) == host.rows("registry"))
        #expect(try host.pullAll(from: work + "/registry") > 10)
    }

    @Test("the demonstration runs to its end")
    func demo() throws {
        let result = try Program.run("bash", [Project.root + "/etc/demo.sh"], environment: ["OPSD_PROGRAMS": Project.programs])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("The demonstration is complete"))
    }
}
