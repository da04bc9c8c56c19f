import HarborDatabase

/// What became of one scan.
enum ScanEnd: Sendable, Equatable {
    case succeeded
    /// The scanner said no; what it had reported before is gone with the start.
    case failed
    /// Somebody else stopped it.
    case stopped
    /// It took too long and was told to stop, which it did or did not.
    case stuck(hasEnded: Bool)
    /// The image was deleted meanwhile.
    case gone
    /// Harbor does not scan this.
    case unscannable
    /// It could not be begun, and nothing was changed; `reason` is of Harbor's answer.
    case notBegun(reason: String)
    /// It is not known how it ends; `reason` is of Harbor's answer.
    case unfollowed(reason: String)
}

/// One scan with its end.
struct ScanResult: Sendable {
    let target: ScanTarget
    let end: ScanEnd
    /// Somebody else had begun it.
    var isForeign = false
    /// For how long pulls of the image were refused because of the scan; zero where nobody asks for its report.
    var gateClosed = Duration.zero
    /// What it found that was not known before; nil where only numbers can be compared.
    var news: NewFindings?

    /// The scan took a good report away and gave none.
    var lostReport: Bool {
        guard target.state.status == .success else { return false }
        return switch end {
        case .failed, .stopped, .stuck: true
        case .succeeded, .gone, .unscannable, .notBegun, .unfollowed: false
        }
    }
}
