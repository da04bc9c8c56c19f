import Foundation
import LabServers
import Programs
import Testing

@Suite("Running programs", .timeLimit(.minutes(2)))
struct ProgramCallTests {
    private static let clock = ContinuousClock()

    private static func shell(_ script: String, limit: Duration = .seconds(30), outputLimit: Int = 1 << 20) -> ProgramCall {
        ProgramCall("/bin/sh", arguments: ["-c", script], limit: limit, outputLimit: outputLimit)
    }

    @Test("output comes whole, the error stream by its end, and the status as it was")
    func output() async throws {
        let result = try await Self.shell("printf 'a\\0b'; echo 'one' >&2; echo 'two\tthree' >&2; exit 7").run(clock: Self.clock)
        #expect(result == ProgramResult(ending: .exited(7), output: Array("a\0b".utf8), errorTail: "one two three"))
    }

    @Test("arguments are handed over as they are")
    func arguments() async throws {
        let words = ["$HOME; echo x", "a b", "", "'", "*", "\\n", "ü"]
        let output = try await ProgramCall("printf", arguments: ["[%s]"] + words, limit: .seconds(30)).output(clock: Self.clock)
        #expect(String(decoding: output, as: UTF8.self) == words.map { "[\($0)]" }.joined())
    }

    @Test("the environment is PATH, HOME, LANG and what was given")
    func environment() async throws {
        let output = try await ProgramCall("env", environment: ["COLOUR": "blue=green", "LANG": "C"], limit: .seconds(30))
            .output(clock: Self.clock)
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        #expect(Set(lines.map { $0.prefix { $0 != "=" } }) == ["PATH", "HOME", "LANG", "COLOUR"])
        #expect(lines.contains("COLOUR=blue=green") && lines.contains("LANG=C"))
    }

    @Test("nothing of this process is inherited: no descriptor, no input, no ambient capability")
    func inheritance() async throws {
        let folder = try TemporaryFolder("opsd-programs")
        let path = folder.file("open")
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
        // Opened without close-on-exec, as a careless library does.
        let file = fopen(path, "r")
        defer { if let file { fclose(file) } }
        let output = try await Self.shell("ls -l /proc/self/fd | grep -c \(path); cat | wc -c; grep CapAmb /proc/self/status")
            .run(clock: Self.clock).output
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(file != nil && lines == ["0", "0", "CapAmb:\t0000000000000000"])
    }

    @Test("a program that is not there, or no program, is told apart from one that fails")
    func absence() async throws {
        for name in ["opsd-no-such-program", "/opsd/no/such/program"] {
            let error = await #expect(throws: ProgramError.self) {
                try await ProgramCall(name, limit: .seconds(30)).run(clock: Self.clock)
            }
            #expect(error?.code == .notFound)
        }
        let folder = await #expect(throws: ProgramError.self) { try await ProgramCall("/tmp", limit: .seconds(30)).run(clock: Self.clock) }
        #expect(folder?.code == .notStarted || folder?.code == .notFound)
        for wrong in [ProgramCall("bin/sh", limit: .seconds(1)), ProgramCall("sh", arguments: ["a\0b"], limit: .seconds(1))] {
            let error = await #expect(throws: ProgramError.self) { try await wrong.run(clock: Self.clock) }
            #expect(error?.code == .configuration)
        }
    }

    @Test("a failure says how it ended and what was said last, without control characters")
    func failure() async throws {
        let status = await #expect(throws: ProgramError.self) {
            try await Self.shell("yes line | head -n 5000 >&2; printf 'no \\033[31mluck\\n' >&2; exit 3").output(clock: Self.clock)
        }
        #expect(status?.code == .failed && status?.problem.hasPrefix("'/bin/sh' ended with status 3 and said: ") == true)
        #expect(status?.problem.hasSuffix("no [31mluck") == true && (status?.problem.count ?? 9999) < 1100)
        let signal = await #expect(throws: ProgramError.self) { try await Self.shell("kill -9 $$").output(clock: Self.clock) }
        #expect(signal?.problem == "'/bin/sh' was ended by signal 9 and said nothing")
    }

    @Test("too much output ends it")
    func tooMuch() async throws {
        let error = await #expect(throws: ProgramError.self) {
            try await Self.shell("exec yes", outputLimit: 100_000).run(clock: Self.clock)
        }
        #expect(error?.code == .tooMuchOutput)
    }

    @Test(
        "the limit ends it with all that it started, also what ignores the request to end",
        arguments: [
            "sleep 300", "exec >&- 2>&-; sleep 300", "trap '' TERM; sleep 300 & sleep 301",
            "sh -c 'trap \"\" TERM; sleep 300; sleep 300' & wait",
        ])
    func limit(_ work: String) async throws {
        let folder = try TemporaryFolder("opsd-programs")
        let error = await #expect(throws: ProgramError.self) {
            try await Self.shell("echo $$ > \(folder.file("group")); \(work)", limit: .milliseconds(300)).run(clock: Self.clock)
        }
        #expect(error?.code == .timedOut)
        try await Self.expectGone(folder.file("group"))
    }

    @Test("cancellation ends it with all that it started")
    func cancellation() async throws {
        let folder = try TemporaryFolder("opsd-programs")
        let mark = folder.file("group")
        let outcome = await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                do {
                    _ = try await Self.shell("echo $$ > \(mark).new; mv \(mark).new \(mark); sleep 300 & wait").run(clock: Self.clock)
                    return nil
                } catch { return error }
            }
            _ = try? await eventually { FileManager.default.fileExists(atPath: mark) }
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(outcome is CancellationError)
        try await Self.expectGone(mark)
    }

    @Test("what a program leaves in the background does not outlive the call")
    func background() async throws {
        let folder = try TemporaryFolder("opsd-programs")
        let result = try await Self.shell("echo $$ > \(folder.file("group")); sleep 300 & echo done").run(clock: Self.clock)
        #expect(result.ending == .exited(0) && result.output == Array("done\n".utf8))
        try await Self.expectGone(folder.file("group"))
    }

    @Test("many at once keep their outputs apart")
    func crowd() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let output = try await Self.shell("head -c 200000 /dev/zero | tr '\\0' '\(number % 10)'").output(clock: Self.clock)
                    return output.count == 200_000 && output.allSatisfy { $0 == UInt8(ascii: "0") + UInt8(number % 10) }
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    /// No process of the group whose number is in the file is left; a killed one may take a moment to be gone.
    private static func expectGone(_ path: String) async throws {
        let text = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let group = try #require(pid_t(text))
        let isGone = try await eventually { kill(-group, 0) != 0 || Self.areZombies(group) }
        #expect(isGone)
    }

    /// Orphans stay as zombies where nobody reaps them, as in a container.
    private static func areZombies(_ group: pid_t) -> Bool {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []  // no process is no zombie
        let members = numbers.filter { pid_t($0).map { getpgid($0) == group } ?? false }
        return members.allSatisfy { number in
            // A process that went away meanwhile is gone, too.
            guard let status = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8) else { return true }
            return status.split(separator: ")").last?.split(separator: " ").first == "Z"
        }
    }
}
