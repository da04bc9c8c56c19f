import Foundation
import LabServers
import Testing

@Suite("the unit of the daemon")
struct SystemdUnitTests {
    private let unit: SystemdUnit
    private let folder: TemporaryFolder

    init() throws {
        unit = try SystemdUnit()
        folder = try TemporaryFolder("opsd-unit")
    }

    private static let hasAnalyze = Program.find("systemd-analyze") != nil

    /// The unit under its own name, with a program that is there.
    private func copy() throws -> String {
        let path = folder.file("opsd.service")
        try unit.textWithoutProgram.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    @Test("systemd finds nothing to complain about", .enabled(if: hasAnalyze, "needs systemd-analyze"))
    func verify() throws {
        #expect(unit.textWithoutProgram != unit.text)
        let result = try Program.run("systemd-analyze", ["verify", "--man=no", copy()])
        #expect(result.status == 0)
        #expect(result.output.isEmpty && result.errors.isEmpty, "\(result.output)\(result.errors)")
    }

    @Test("a setting that systemd does not know would be noticed", .enabled(if: hasAnalyze, "needs systemd-analyze"))
    func verifyNotices() throws {
        let path = folder.file("opsd.service")
        try unit.textWithoutProgram.replacing("WatchdogSec=60", with: "WatchdogSeconds=60").write(
            toFile: path, atomically: false, encoding: .utf8)
        #expect(try Program.run("systemd-analyze", ["verify", "--man=no", path]).errors.contains("WatchdogSeconds"))
    }

    @Test("its exposure is at most 2.0, and each point that is left has its reason", .enabled(if: hasAnalyze, "needs systemd-analyze"))
    func exposure() throws {
        let result = try Program.run(
            "systemd-analyze", ["security", "--offline=true", "--no-pager", copy()], environment: ["SYSTEMD_COLORS": "0"])
        let match = try #require(result.output.firstMatch(of: /Overall exposure level for opsd\.service: ([0-9.]+)/))
        let exposure = try #require(Double(match.1))
        #expect(exposure > 0 && exposure <= 2.0)
        let open = result.output.matches(of: /(?m)^[^A-Za-z\n]*✗ ([A-Za-z]+)=/).map { String($0.1) }
        #expect(!open.isEmpty)
        for setting in Set(open) {
            let isSet = !unit.values(setting).isEmpty
            #expect(isSet || unit.comments.contains("\(setting)="), "\(setting) is left open without a word")
        }
    }

    @Test("each relaxed setting has a comment right above it", arguments: ["AmbientCapabilities", "RestrictAddressFamilies"])
    func relaxations(setting: String) throws {
        let lines = unit.text.split(separator: "\n", omittingEmptySubsequences: false)
        let index = try #require(lines.firstIndex { $0.hasPrefix("\(setting)=") })
        let above = lines[..<index].reversed().prefix { $0.hasPrefix("# ") }
        #expect(above.contains { $0.hasPrefix("# Relaxed: ") })
    }

    @Test("the one capability is that of reading, for the daemon alone")
    func capability() {
        #expect(unit.values("AmbientCapabilities") == ["CAP_DAC_READ_SEARCH"])
        #expect(unit.values("CapabilityBoundingSet") == ["CAP_DAC_READ_SEARCH"])
        #expect(unit.values("User") == ["opsd"] && unit.values("Group") == ["opsd"])
        #expect(unit.words("RestrictAddressFamilies") == ["AF_UNIX", "AF_INET", "AF_INET6"])
    }

    @Test("what the daemon does by itself is what the unit expects of it")
    func lifeCycle() {
        #expect(unit.values("Type") == ["notify"] && unit.values("NotifyAccess") == ["main"])
        #expect(unit.values("ExecStart") == ["/usr/bin/opsd serve"] && unit.values("ExecReload") == ["/bin/kill -HUP $MAINPID"])
        #expect(unit.values("WatchdogSec") == ["60"] && unit.values("TimeoutStopSec") == ["90"])
        #expect(unit.values("Restart") == ["on-failure"] && unit.words("RestartPreventExitStatus").contains("78"))
        #expect(unit.values("KillMode") == ["mixed"])
        for setting in ["MemoryMax", "MemoryHigh", "CPUWeight", "IOWeight", "RestartSec", "LimitNOFILE"] {
            #expect(unit.values(setting).count == 1, "\(setting)")
        }
    }

    @Test("the folders of the example configuration are the unit's", arguments: ["opsd.yaml", "opsd-recovery.yaml"])
    func folders(name: String) throws {
        let example = try SystemdUnit.example(name)
        #expect(example.contains("\nstate_directory: /var/lib/\(try #require(unit.values("StateDirectory").first))\n"))
        #expect(example.contains("\ncontrol_socket: /run/\(try #require(unit.values("RuntimeDirectory").first))/control.sock\n"))
        #expect(unit.values("RuntimeDirectoryMode") == ["0750"] && unit.values("StateDirectoryMode") == ["0700"])
        let writable = Set(unit.suggestions("ReadWritePaths").flatMap { $0.split(separator: " ").map(String.init) })
        let vaults = example.matches(of: /target: \{filesystem: ([^}]+)\}/).map { String($0.1) }
        #expect(!vaults.isEmpty && writable.isSuperset(of: vaults))
        #expect(unit.values("ReadWritePaths").isEmpty)
    }

    @Test("each credential that an example names is loaded, or ready to be switched on", arguments: ["opsd.yaml", "opsd-recovery.yaml"])
    func credentials(name: String) throws {
        var seen = 0
        for line in try SystemdUnit.example(name).split(separator: "\n") {
            let isComment = line.drop { $0 == " " }.hasPrefix("#")
            for match in line.matches(of: /[a-z_]+_file: ([a-z][a-z0-9-]*)(?:\s|,|\}|$)/) {
                let credential = String(match.1)
                seen += 1
                let source = "\(credential):/etc/opsd/\(credential)"
                let isLoaded = unit.values("LoadCredential").contains(source)
                #expect(isLoaded || unit.suggestions("LoadCredential").contains(source), "\(credential)")
                // Where the example uses it, it works without a change of the unit; the recovery host's unit is changed once.
                if !isComment, name == "opsd.yaml" { #expect(isLoaded, "\(credential)") }
            }
        }
        #expect(seen >= (name == "opsd.yaml" ? 5 : 1))
    }

    @Test("a secret whose file is missing does not keep the unit from starting, and nothing secret stands in it")
    func missingSecrets() {
        let loaded = unit.values("LoadCredential").compactMap { $0.split(separator: ":").first.map(String.init) }
        #expect(!loaded.isEmpty)
        #expect(unit.values("SetCredential").sorted() == loaded.map { "\($0):\\n" }.sorted())
        #expect(unit.values("Environment").isEmpty)
    }
}

@Suite("user and folders of the daemon")
struct SystemdFoldersTests {
    /// They take a lock on the root's files, and give folders away.
    private static let canRun = geteuid() == 0 && ["systemd-sysusers", "systemd-tmpfiles"].allSatisfy { Program.find($0) != nil }

    @Test("sysusers makes user and group, tmpfiles the folders with owner and mode", .enabled(if: canRun, "needs root, systemd's programs"))
    func made() throws {
        let root = try TemporaryFolder("opsd-root")
        for name in ["etc", "var", "var/lib"] {
            try FileManager.default.createDirectory(atPath: root.file(name), withIntermediateDirectories: true)
        }
        try Program.succeed("systemd-sysusers", ["--root=\(root.path)", SystemdUnit.path("opsd.sysusers.conf")])
        let users = try String(contentsOfFile: root.file("etc/passwd"), encoding: .utf8)
        let user = try #require(users.split(separator: "\n").first { $0.hasPrefix("opsd:") }).split(separator: ":")
        #expect(user[5] == "/var/lib/opsd" && user[6] == "/usr/sbin/nologin")
        let groups = try String(contentsOfFile: root.file("etc/group"), encoding: .utf8)
        let group = try #require(groups.split(separator: "\n").first { $0.hasPrefix("opsd:") }).split(
            separator: ":", omittingEmptySubsequences: false)

        let made = try Program.run("systemd-tmpfiles", ["--create", "--root=\(root.path)", SystemdUnit.path("opsd.tmpfiles.conf")])
        #expect(made.status == 0, "\(made.errors)")
        for (path, mode, owner) in [("etc/opsd", 0o750, "0"), ("var/lib/opsd", 0o700, String(user[2]))] {
            let attributes = try FileManager.default.attributesOfItem(atPath: root.file(path))
            #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
            #expect((attributes[.ownerAccountID] as? Int).map(String.init) == owner, "\(path)")
            #expect((attributes[.groupOwnerAccountID] as? Int).map(String.init) == String(group[2]), "\(path)")
        }
        #expect(!FileManager.default.fileExists(atPath: root.file("srv")))
    }
}
