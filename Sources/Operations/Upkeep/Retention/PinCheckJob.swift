import HarborAPI
package import JobEngine
package import Retention

/// Asks the registry for every image that runs, so that a missing one is known before a node has to pull it. It changes nothing.
package struct PinCheckJob: Sendable {
    /// Findings of one kind that a run lists; the rest is counted.
    private static let listed = 20

    let access: HarborAccess
    let pins: PinSettings

    /// A check of the images in `pins`.
    package init(access: HarborAccess, pins: PinSettings) {
        self.access = access
        self.pins = pins
    }

    /// Checks all pins; partial where an image is missing, or denied to who pulls it.
    ///
    /// Throws ``UpkeepError`` where the lists are doubtful, and `HarborAPIError` where the registry does not answer.
    package func run(_ id: RunID, recorder: RunRecorder) async throws -> RunResult {
        let list = try await recorder.phase("pins") { try await PinReader(settings: pins, access: access).read() }
        let result = try await recorder.phase("check") { try await PinCheck(client: access.client).check(list.pins) }
        recorder.add("pins", Int64(list.references.count))
        recorder.add("pins_missing", Int64(Set(result.absent.map(\.reference)).count))
        recorder.add("pins_denied", Int64(Set(result.denied.map(\.pin.reference)).count))
        var missing = FindingList(.warning, "pin_missing", limit: Self.listed)
        for pin in result.absent {
            missing.add(
                "\(pin.reference) runs, says \(pin.source), and the registry does not have it. Hint: push it again, or restore it from a snapshot"
            )
        }
        missing.note(in: recorder)
        var denied = FindingList(.warning, "pin_denied", limit: Self.listed)
        for (pin, reason) in result.denied {
            denied.add("\(pin.reference) runs, says \(pin.source), and cannot be pulled\(reason.map { ": \($0)" } ?? "")")
        }
        denied.note(in: recorder)
        return RunResult(outcome: result.absent.isEmpty && result.denied.isEmpty ? .succeeded : .partial)
    }
}
