import Foundation
import LabServers
import LocalIO
import Testing

@Suite("ambient capabilities")
struct AmbientCapabilitiesTests {
    /// Set in the process that this suite starts once more with a capability to lose.
    private static let mark = "OPSD_TEST_AMBIENT_CAPABILITIES"
    private static let isChild = ProcessInfo.processInfo.environment[mark] != nil

    private static let unprivileged = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    private static let granting = unprivileged + ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]

    /// Only root may give a capability away, and a container may have none to give.
    private static let canGrant: Bool = {
        guard geteuid() == 0, !isChild, Program.find("setpriv") != nil else { return false }
        // What cannot be started grants nothing.
        return (try? Program.run("setpriv", granting + ["--", "/bin/true"]))?.status == 0
    }()

    /// The ambient set of the calling thread, as the kernel prints it.
    private static func ambient() throws -> UInt64 {
        try set(in: String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8))
    }

    private static func set(in status: String) throws -> UInt64 {
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("CapAmb:") })
        return try #require(UInt64(line.dropFirst(7).drop(while: \.isWhitespace), radix: 16))
    }

    @Test(
        "without any it is a harmless call that can be repeated",
        .enabled(if: !isChild, "in that process nothing but its own test may drop anything, on whatever thread"))
    func harmless() throws {
        try AmbientCapabilities.drop()
        try AmbientCapabilities.drop()
        #expect(try Self.ambient() == 0)
    }

    @Test("a process that was given one starts others without it", .enabled(if: canGrant, "needs root, setpriv and a capability to give"))
    func dropped() throws {
        let program = try #require(CommandLine.arguments.first)
        let folder = try TemporaryFolder("ambient")
        chmod(folder.path, 0o777)
        let arguments = ["--", program, "--testing-library", "swift-testing", "--filter", "AmbientCapabilitiesTests"]
        let result = try Program.run("setpriv", Self.granting + arguments, environment: [Self.mark: folder.file("seen")])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        let seen = try String(contentsOfFile: folder.file("seen"), encoding: .utf8)
        #expect(seen == "before 4, after 0, started program 0\n")
    }

    @Test("the started process's part", .enabled(if: isChild, "runs in a process that the test before starts"))
    func child() throws {
        let path = try #require(ProcessInfo.processInfo.environment[Self.mark])
        // The sets belong to threads, and a program inherits those of the thread that starts it: nothing here may change threads.
        let before = try Self.ambient()
        try AmbientCapabilities.drop()
        let after = try Self.ambient()
        let started = try Self.set(in: Program.run("cat", ["/proc/self/status"]).output)
        let line = String(format: "before %llx, after %llx, started program %llx\n", before, after, started)
        try line.write(toFile: path, atomically: false, encoding: .utf8)
    }
}
