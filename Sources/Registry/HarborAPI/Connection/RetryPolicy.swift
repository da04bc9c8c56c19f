/// When the same request is sent again, and after which pause.
///
/// A request that Harbor may have acted on is sent again only where a second arrival changes nothing. What surely was not acted on (nobody
/// answered at the address, or the answer was 429) may always go again.
struct RetryPolicy {
    /// Between the attempts; there is one attempt more than pauses.
    var pauses: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2)]
    /// The longest pause that a server may ask for; a longer one is the caller's to wait.
    var longestPause: Duration = .seconds(60)

    /// The pause after the failed attempt number `attempt`, counted from 1; nil for no further attempt.
    func pause(after failure: HarborAPIError, attempt: Int, isRepeatable: Bool, wasSent: Bool) -> Duration? {
        guard attempt <= pauses.count, failure.isRetryable else { return nil }
        guard isRepeatable || !wasSent || failure.code == .tooManyRequests else { return nil }
        let own = pauses[attempt - 1]
        guard let asked = failure.retryAfter else { return own }
        return asked <= longestPause ? max(asked, own) : nil
    }
}
