import Assembly
import Foundation
import LabServers
import Testing

@Suite("the command line")
struct CommandLineTests {
    @Test("help goes to standard output, names every command, and lists the exit statuses", arguments: [["--help"], ["-h"], ["help"]])
    func help(words: [String]) async throws {
        let help = await Spoken.opsd(words)
        #expect(help.status == 0 && help.errors.isEmpty)
        // The parser wraps its own lines at the width of the terminal.
        #expect(help.output.hasPrefix("OVERVIEW: Backs up a Harbor registry, proves that database and blobs belong"))
        #expect(
            help.output.contains(
                """
                EXIT STATUS
                  0   done
                  1   failed, interrupted or cancelled
                  2   partial: something listed was not saved or not found sound
                  3   refused by a guard; nothing was changed
                  64  usage
                  69  Harbor, database, target or daemon out of reach
                  75  the same job is running already
                  78  configuration

                """))
        let commands = help.output.matches(of: /\n  ([a-z][a-z-]+)  +[A-Z]/).map { String($0.1) }
        #expect(
            commands == [
                "serve", "run-now", "status", "jobs", "runs", "run", "cancel", "pause", "resume", "schedule", "check-config", "vault",
                "snapshots",
                "snapshot", "ls", "find", "diff", "restore", "acknowledge", "retention", "gc", "pins", "keys",
            ])
    }

    @Test(
        "each command explains itself",
        arguments: [
            "run-now", "status", "jobs", "runs", "run show", "cancel", "pause", "resume", "schedule preview", "vault init", "vault verify",
            "snapshots", "ls", "restore storage", "retention plan", "retention apply", "retention hold", "retention holds",
            "retention release",
            "gc plan", "gc run", "pins", "keys make",
        ])
    func commandHelp(command: String) async throws {
        let help = await Spoken.opsd(command.split(separator: " ").map(String.init) + ["--help"])
        #expect(help.status == 0 && help.errors.isEmpty)
        #expect(help.output.contains("USAGE: opsd \(command)"))
    }

    @Test("the version is the program's, alone on its line")
    func version() async throws {
        let version = await Spoken.opsd("--version")
        #expect(version.status == 0 && version.errors.isEmpty)
        #expect(version.output == "\(Installation.version)\n")
    }

    @Test(
        "words that do not fit end with 64 and nothing on standard output",
        arguments: [
            "frobnicate", "--frobnicate", "snapshots --frobnicate", "ls", "run-now", "snapshot show", "restore database",
            "restore files --to /x",
            "vault frobnicate", "keys make", "acknowledge", "vault verify --share 1/0", "vault verify --share x",
            "vault verify --share 0/7",
            "vault verify --share 8/7", "vault verify --share 1/7/1", "vault verify --share 1", "vault verify --share /",
            "vault verify --share=-1/7",
            "restore storage --to /x --owner root", "restore storage --to /x --owner 1", "restore storage --to /x --owner 1:-1",
            "restore database --to dsn --at-least many", "run-now backup --no-wait --attach", "runs --limit 0", "runs --limit 1001",
            "run show",
            "cancel", "pause backup", "pause backup --until 2h --reason", "pause backup --until soon --reason x",
            "pause backup --until 2h --reason=",
            "pause backup --until 2026-02-30 --reason x", "resume", "retention apply", "retention apply 12345",
            "retention apply nothexadecimal",
            "retention apply 0123456789abcdef --no-wait", "retention plan --all --repository a/b", "retention hold a/b",
            "retention hold a/b --until soon --owner o --reason r", "retention hold --until 30d --owner o --reason r", "retention release",
            "gc plan now", "gc run --attach --no-wait", "pins --frobnicate", "schedule preview --count 0",
        ])
    func usage(line: String) async throws {
        let spoken = await Spoken.opsd(line.split(separator: " ").map(String.init))
        #expect(spoken.status == 64)
        #expect(spoken.output.isEmpty)
        #expect(spoken.errors.contains("Error: ") && spoken.errors.contains("Usage: opsd"))
    }

    @Test("a misspelt command is answered with the word that was meant")
    func misspelt() async throws {
        #expect(await Spoken.opsd("snapshots", "--jsn").errors.contains("--json"))
    }
}

@Suite("the configuration on the command line")
struct ConfigurationOnTheCommandLineTests {
    @Test(
        "a configuration that is not there ends with 78 and is named",
        arguments: ["check-config", "snapshots", "run-now backup", "vault init"])
    func missing(command: String) async throws {
        let folder = try TemporaryFolder("opsd-commands")
        let path = folder.file("none.yaml")
        let spoken = await Spoken.opsd(command.split(separator: " ").map(String.init) + ["--config", path])
        #expect(spoken.status == 78 && spoken.output.isEmpty)
        #expect(spoken.errors.hasPrefix("opsd: ") && spoken.errors.contains(path))
    }

    @Test("a misspelt key ends with 78 and is shown with file, line, column and the key that was meant")
    func misspelt() async throws {
        let host = try SampleHost()
        try host.write(host.configuration.replacing("storage:", with: "storrage:"), to: "opsd.yaml")
        let spoken = await host.opsd("check-config")
        #expect(spoken.status == 78 && spoken.output.isEmpty)
        #expect(spoken.errors.contains("\(host.configurationFile):4:1: "))
        #expect(spoken.errors.contains("did you mean 'storage'?"))
    }

    @Test("a good one is described, as text and as JSON, and nothing is made")
    func good() async throws {
        let host = try SampleHost()
        let before = try host.files()
        let text = await host.opsd("check-config")
        #expect(text.status == 0 && text.output.contains("main"))
        let json = await host.opsd("check-config", "--json")
        #expect(json.status == 0)
        #expect(try !json.object().isEmpty)
        #expect(try host.files() == before)
    }

    @Test("--state-directory takes the place of the configured one")
    func stateDirectory() async throws {
        let host = try await SampleHost.withVault()
        let spoken = await host.opsd("snapshots", "--state-directory", host.folder.file("elsewhere"))
        #expect(spoken.status == 0)
        #expect(FileManager.default.fileExists(atPath: host.folder.file("elsewhere/vaults/main")))
        #expect(!FileManager.default.fileExists(atPath: host.folder.file("state")))
    }

    @Test("a job that the configuration does not have ends with 64 and the names of those it has")
    func unknownJob() async throws {
        let spoken = try await ControlHost().opsd("run-now", "backups")
        #expect(spoken.status == 64 && spoken.errors.contains("no job 'backups'") && spoken.errors.contains("it has audit, deep, backup"))
    }

    @Test("a vault that the configuration does not have ends with 64 and the names of those it has")
    func unknownVault() async throws {
        let spoken = try await SampleHost().opsd("snapshots", "--vault", "other")
        #expect(spoken.status == 64 && spoken.errors.contains("no vault 'other'") && spoken.errors.contains("it has main"))
    }
}
