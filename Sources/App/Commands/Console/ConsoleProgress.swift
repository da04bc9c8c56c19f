import Foundation
import JobEngine
import Synchronization

/// Shows a run's progress: a bar that moves on a terminal, a line a phase otherwise.
final class ConsoleProgress: RunProgress {
    private struct State: Sendable {
        var phase = ""
        var total: Int64?
        var bytes: Int64 = 0
        var items = 0
        var shown: Int64 = 0
    }

    /// Bytes between two pictures of the bar: often enough to move, seldom enough to cost nothing.
    private static let step: Int64 = 16 << 20

    private let console = Console.current
    private let state = Mutex(State())

    func begin(phase: String, totalBytes: Int64?) {
        state.withLock { $0 = State(phase: phase, total: totalBytes) }
        if console.isTerminal { console.errors("\r\u{1B}[K\(phase) ...") }
    }

    func advance(bytes: Int64, items: Int) {
        guard console.isTerminal else { return }
        let picture = state.withLock { state -> String? in
            state.bytes += bytes
            state.items += items
            guard state.bytes - state.shown >= Self.step || state.items % 256 == 0 else { return nil }
            state.shown = state.bytes
            return Self.bar(state)
        }
        if let picture { console.errors("\r\u{1B}[K\(picture)") }
    }

    /// As ``advance(bytes:items:)``, for one who is told the sums of the phase now and then, and shows each.
    func reach(bytes: Int64, items: Int) {
        let picture = state.withLock { state in
            (state.bytes, state.items, state.shown) = (bytes, items, bytes)
            return Self.bar(state)
        }
        if console.isTerminal { console.errors("\r\u{1B}[K\(picture)") }
    }

    /// Says something that is no progress, in the place of the bar.
    func say(_ text: String) {
        console.errors(console.isTerminal ? "\r\u{1B}[K\(text)\n" : "\(text)\n")
    }

    func end(_ phase: PhaseReport) {
        var line = "\(phase.name): \(HumanText.seconds(phase.seconds))"
        if phase.bytes > 0 { line += ", \(HumanText.size(phase.bytes))" }
        if phase.items > 0 { line += ", \(phase.items) items" }
        say(line)
    }

    private static func bar(_ state: State) -> String {
        let done = "\(state.phase) \(HumanText.size(state.bytes)), \(state.items) items"
        guard let total = state.total, total > 0 else { return done }
        let filled = Int(min(30, 30 * state.bytes / total))
        return
            "\(state.phase) [\(String(repeating: "#", count: filled))\(String(repeating: "-", count: 30 - filled))] \(HumanText.size(state.bytes)) of \(HumanText.size(total))"
    }
}
