import JobEngine
import Synchronization

/// Why a run begins no further scan although some are left.
enum ScanStop: Sendable {
    /// Its time is over.
    case window
    /// Harbor's queue was paused, or stayed long; with what it was.
    case queue(String)
    case failure(UpkeepError)
}

/// What a run has under way and what became of the rest. The numbers are told as scans end, so that a run that is cut off has them too.
final class ScanLedger: Sendable {
    /// Good reports lost in a row that end the run: a scanner that fails on everything would take them all.
    static let lossesInARow = 5

    private struct State {
        var line: ScanLine
        var results: [ScanResult] = []
        var stop: ScanStop?
        var lossesInARow = 0
    }

    private let state: Mutex<State>
    private let recorder: RunRecorder

    /// A ledger of `targets`, of which at most `width` are under way.
    init(_ targets: [ScanTarget], width: Int, recorder: RunRecorder) {
        state = Mutex(State(line: ScanLine(targets, width: width)))
        self.recorder = recorder
        for number in Self.numbers { recorder.add(number, 0) }
    }

    /// Each is there after every run, also where it is 0.
    private static let numbers = [
        "scanned", "scanned_by_others", "scan_failed", "scan_stopped", "scan_stuck", "gone", "unscannable", "scan_not_begun",
        "scan_unwatched",
        "gate_closed", "gate_closed_seconds", "gate_left_closed", "reports_lost",
    ]

    var results: [ScanResult] { state.withLock { $0.results } }
    var stopped: ScanStop? { state.withLock { $0.stop } }

    /// Says what is next; see ``ScanLine``.
    func next() -> ScanLine.Next { state.withLock { $0.line.next() } }

    /// The target that was next begins.
    func begin(_ target: ScanTarget) { state.withLock { $0.line.begin(target) } }

    /// No other image of the project gets its turn.
    func bar(project: Int64) { state.withLock { $0.line.bar(project: project) } }

    /// Lets nothing begin any more. The first reason stands.
    func stop(_ reason: ScanStop) { state.withLock { $0.stop = $0.stop ?? reason } }

    /// A target that had begun has ended.
    func end(_ result: ScanResult) {
        recorder.advance(items: 1)
        recorder.add(Self.number(of: result), 1)
        if result.lostReport { recorder.add("reports_lost", 1) }
        if result.gateClosed > .zero {
            recorder.add("gate_closed", 1)
            recorder.add("gate_closed_seconds", Int64(result.gateClosed.seconds.rounded(.up)))
            if result.lostReport { recorder.add("gate_left_closed", 1) }
        }
        state.withLock { state in
            state.line.end(result.target)
            state.results.append(result)
            if result.lostReport { state.lossesInARow += 1 }
            if result.end == .succeeded { state.lossesInARow = 0 }
            guard state.lossesInARow >= Self.lossesInARow, state.stop == nil else { return }
            state.stop = .failure(
                UpkeepError(
                    .failed, "\(Self.lossesInARow) scans in a row failed and took good reports away, so no further one was begun",
                    remedy: "look at the log of such a scan in Harbor and at the scanner's, then run this again"))
        }
    }

    private static func number(of result: ScanResult) -> String {
        switch result.end {
        case .succeeded: result.isForeign ? "scanned_by_others" : "scanned"
        case .failed: "scan_failed"
        case .stopped: "scan_stopped"
        case .stuck: "scan_stuck"
        case .gone: "gone"
        case .unscannable: "unscannable"
        case .notBegun: "scan_not_begun"
        case .unfollowed: "scan_unwatched"
        }
    }
}
