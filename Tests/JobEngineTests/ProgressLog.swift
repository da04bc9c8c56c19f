import JobEngine
import Synchronization

/// Writes down everything that a run says about itself.
final class ProgressLog: RunProgress {
    private let list = Mutex<[String]>([])

    var events: [String] { list.withLock { $0 } }

    func begin(phase: String, totalBytes: Int64?) { add("begin \(phase) of \(totalBytes.map { "\($0)" } ?? "unknown size")") }
    func advance(bytes: Int64, items: Int) { add("\(bytes) bytes, \(items) items") }
    func end(_ phase: PhaseReport) { add("end \(phase.name) after \(phase.seconds) s: \(phase.bytes) bytes, \(phase.items) items") }

    private func add(_ event: String) { list.withLock { $0.append(event) } }
}
