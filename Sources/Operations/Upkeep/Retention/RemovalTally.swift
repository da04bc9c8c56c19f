import HarborAPI
import JobEngine

/// What came of the removals of a run. Numbers are told at once, so that they are right however the run ends.
struct RemovalTally {
    private let recorder: RunRecorder
    private var changed = FindingList(.warning, "removal_changed")
    private var kept = FindingList(.warning, "removal_kept")
    private var failed = FindingList(.warning, "removal_failed")
    /// Requests that Harbor carried out.
    private(set) var removed = 0

    init(_ recorder: RunRecorder) { self.recorder = recorder }

    /// Counts how a request ended.
    mutating func add(_ removal: Removal, _ ending: RemovalRun.Ending) {
        recorder.advance(items: 1)
        switch ending.result {
        case .removed:
            removed += 1
            recorder.add(removal.tag == nil ? "removed" : "removed_tags", 1)
        case .gone: recorder.add("gone", 1)
        case .changed: skip(&changed, removal.image, ending.note)
        case .kept: skip(&kept, removal.image, ending.note)
        case .failed: skip(&failed, removal.image, ending.note)
        }
    }

    /// Counts what is no longer to be removed although the plan says so; the reason names the artifact.
    mutating func skip(_ reason: String) { skip(&changed, reason, nil) }

    private func skip(_ list: inout FindingList, _ image: String, _ note: String?) {
        recorder.add("skipped", 1)
        list.add(note.map { "\(image) stays: \($0)" } ?? image)
    }

    /// Tells what was left out, by kind.
    func note() {
        for list in [changed, kept, failed] { list.note(in: recorder) }
    }
}
