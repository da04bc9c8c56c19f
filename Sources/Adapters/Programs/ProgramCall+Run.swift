import Glibc
import Subprocess
import SystemPackage

extension ProgramCall {
    /// Runs the program, and returns how it ended and what it said. `clock` measures the limit.
    ///
    /// The program gets an empty standard input, no descriptor of this process, a session of its own and (since `main` empties that set) no
    /// ambient capability. When this returns or throws, nothing of it runs any more: also what it left in the background is killed, unless
    /// that made a session for itself. Throws ``ProgramError``; a cancelled task ends the program and throws `CancellationError`.
    package func run(clock: any Clock<Duration>) async throws -> ProgramResult {
        try check()
        var options = PlatformOptions()
        options.createSession = true
        let ending = [TeardownStep.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: Self.grace)]
        options.teardownSequence = ending
        let variables = completeEnvironment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        let executable: Executable = name.hasPrefix("/") ? .path(FilePath(name)) : .name(name)
        do {
            let result = try await Subprocess.run(
                executable, arguments: Arguments(arguments), environment: .custom(Dictionary(variables) { $1 }), workingDirectory: "/",
                platformOptions: options, input: .none, output: .sequence, error: .sequence
            ) { execution in
                // The process is not reaped before this ends, so its number, and that of its group, cannot be anybody else's.
                do {
                    let said = try await follow(execution, clock)
                    Self.killGroup(execution)
                    return said
                } catch {
                    await execution.teardown(using: ending)
                    Self.killGroup(execution)
                    throw error
                }
            }
            return ProgramResult(
                ending: Self.ending(result.terminationStatus), output: result.closureResult.output,
                errorTail: ProgramResult.readable(result.closureResult.error))
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw failure(error)
        }
    }

    /// As ``run(clock:)``, for a program whose output is worth nothing unless it exits with 0: throws code `failed` otherwise.
    package func output(clock: any Clock<Duration>) async throws -> [UInt8] {
        let result = try await run(clock: clock)
        let how: String
        switch result.ending {
        case .exited(0): return result.output
        case .exited(let status): how = "ended with status \(status)"
        case .signalled(let signal): how = "was ended by signal \(signal)"
        }
        let said = result.errorTail.isEmpty ? "and said nothing" : "and said: \(result.errorTail.suffix(1000))"
        throw ProgramError(.failed, "'\(name)' \(how) \(said)", remedy: "run it by hand as the user of opsd")
    }

    private typealias Running = Execution<NoInput, SequenceOutput, SequenceOutput>
    private typealias Said = (output: [UInt8], error: [UInt8])

    private enum Part: Sendable {
        case output([UInt8])
        case error([UInt8])
        case ended
        case late
    }

    /// Reads what the program says until it has ended, within the limits.
    private func follow(_ execution: Running, _ clock: any Clock<Duration>) async throws -> Said {
        let output = execution.standardOutput
        let error = execution.standardError
        let process = execution.processIdentifier.value
        return try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask { .output(try await read(output)) }
            group.addTask { .error(try await Self.readTail(error)) }
            group.addTask {
                try await clock.sleep(for: limit)
                return .late
            }
            defer { group.cancelAll() }
            var said: Said = ([], [])
            var open = 2
            while let part = try await group.next() {
                switch part {
                case .output(let bytes):
                    said.output = bytes
                    open -= 1
                case .error(let bytes):
                    said.error = bytes
                    open -= 1
                case .ended: return said
                case .late: throw timeout
                }
                if open == 0 {
                    // A program may close both and go on.
                    group.addTask {
                        try await Self.waitForEnd(process, clock)
                        return .ended
                    }
                }
            }
            throw CancellationError()
        }
    }

    private var timeout: ProgramError {
        ProgramError(
            .timedOut, "'\(name)' took longer than \(limit.components.seconds) s and was ended",
            remedy: "run it by hand as the user of opsd, or raise its limit")
    }

    private func read(_ sequence: SubprocessOutputSequence) async throws -> [UInt8] {
        var all: [UInt8] = []
        for try await piece in sequence {
            piece.withUnsafeBytes { all.append(contentsOf: $0) }
            guard all.count <= outputLimit else {
                throw ProgramError(
                    .tooMuchOutput, "'\(name)' wrote more than \(outputLimit) bytes and was ended",
                    remedy: "let it print only what is asked for")
            }
        }
        return all
    }

    private static func readTail(_ sequence: SubprocessOutputSequence) async throws -> [UInt8] {
        var tail: [UInt8] = []
        for try await piece in sequence {
            piece.withUnsafeBytes { tail.append(contentsOf: $0) }
            if tail.count > errorTail { tail.removeFirst(tail.count - errorTail) }
        }
        return tail
    }

    /// Returns once the process has ended; it stays to be reaped.
    private static func waitForEnd(_ process: pid_t, _ clock: any Clock<Duration>) async throws {
        var pause = Duration.milliseconds(1)
        while true {
            var info = siginfo_t()
            let answer = waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT | WNOHANG)
            // A process that cannot be asked about is nobody's child any more.
            if answer != 0 || info.si_signo != 0 { return }
            try await clock.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    private static func killGroup(_ execution: Running) {
        try? execution.send(signal: .kill, toProcessGroup: true)  // a group without a process is what is wanted
    }

    private static func ending(_ status: TerminationStatus) -> ProgramResult.Ending {
        switch status {
        case .exited(let code): .exited(code)
        case .signaled(let signal): .signalled(signal)
        }
    }

    private func failure(_ error: SubprocessError) -> ProgramError {
        if error.code == .executableNotFound {
            return ProgramError(
                .notFound, "there is no program '\(name)'", remedy: "install it, or write its whole path", cause: nil)
        }
        return ProgramError(
            .notStarted, "'\(name)' cannot be run", remedy: "check that the user of opsd may execute it", cause: error.underlyingError)
    }
}
