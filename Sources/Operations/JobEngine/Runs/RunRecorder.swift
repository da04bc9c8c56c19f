import Synchronization

/// Collects the phases, numbers and findings of one run and passes progress on.
package final class RunRecorder: Sendable {
    private struct State: Sendable {
        var phases: [PhaseReport] = []
        var numbers: [String: Int64] = [:]
        var findings: [Finding] = []
        var bytes: Int64 = 0
        var items = 0
    }

    private let state = Mutex(State())
    private let progress: any RunProgress
    private let clock: any Clock<Duration>

    /// Records on behalf of `progress`; `clock` measures phases.
    package init(progress: any RunProgress, clock: any Clock<Duration>) {
        self.progress = progress
        self.clock = clock
    }

    /// Runs `work` as a phase and notes its time, bytes and items, also where it throws.
    package func phase<Value>(_ name: String, totalBytes: Int64? = nil, _ work: () async throws -> Value) async rethrows -> Value {
        let before = state.withLock { state in
            defer { (state.bytes, state.items) = (0, 0) }
            return (state.bytes, state.items)
        }
        progress.begin(phase: name, totalBytes: totalBytes)
        let stopwatch = Stopwatch(clock)
        defer {
            let seconds = stopwatch.elapsed.seconds
            let report = state.withLock { state in
                let report = PhaseReport(name: name, seconds: seconds, bytes: state.bytes, items: state.items)
                state.phases.append(report)
                (state.bytes, state.items) = before
                return report
            }
            progress.end(report)
        }
        return try await work()
    }

    /// Notes work done in the current phase.
    package func advance(bytes: Int64 = 0, items: Int = 0) {
        state.withLock { state in
            state.bytes += bytes
            state.items += items
        }
        progress.advance(bytes: bytes, items: items)
    }

    /// Adds to a number of the result.
    package func add(_ number: String, _ amount: Int64) {
        state.withLock { $0.numbers[number, default: 0] += amount }
    }

    /// Notes a finding.
    package func note(_ finding: Finding) {
        state.withLock { $0.findings.append(finding) }
    }

    /// What was recorded so far.
    package var findings: [Finding] { state.withLock { $0.findings } }

    /// Copies everything into `report`.
    package func fill(_ report: inout RunReport) {
        state.withLock { state in
            report.phases = state.phases
            report.numbers = state.numbers
            report.findings = state.findings
        }
    }
}

/// Measures elapsed time by whatever clock it is given.
package struct Stopwatch: Sendable {
    private let read: @Sendable () -> Duration

    /// Starts now.
    package init(_ clock: any Clock<Duration>) {
        read = Self.start(clock)
    }

    private static func start<C: Clock>(_ clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }

    /// Time since the start.
    package var elapsed: Duration { read() }
}

extension Duration {
    /// Seconds with fraction.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
