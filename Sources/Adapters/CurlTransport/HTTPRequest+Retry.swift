import CLibcurl

extension HTTPRequest {
    /// When to ask again: after a failure that may pass, and after an answer of 429 or 503.
    ///
    /// A method that is not idempotent is repeated only where nothing of it can have reached the server, and nothing is whose streamed body
    /// has been begun, or whose answer has been handed over.
    package struct Retry: Sendable {
        /// How often to ask at most, the first time included.
        package let attempts: Int
        /// How long to wait before the second attempt; it doubles with each further one, and up to a quarter of it is left out at random.
        package let firstPause: Duration
        /// How long to wait at most, also where `Retry-After` asks for more.
        package let longestPause: Duration
        /// What the pauses are waited on.
        package let clock: any Clock<Duration>
        /// The time of day in seconds since 1970, for a `Retry-After` that is a date.
        package let unixTime: @Sendable () -> Int64

        /// Up to `attempts` attempts.
        package init(
            attempts: Int, firstPause: Duration = .milliseconds(500), longestPause: Duration = .seconds(60), clock: any Clock<Duration>,
            unixTime: @escaping @Sendable () -> Int64
        ) {
            self.attempts = attempts
            self.firstPause = firstPause
            self.longestPause = longestPause
            self.clock = clock
            self.unixTime = unixTime
        }

        /// How long to wait after `attempt` attempts.
        func pause(after attempt: Int) -> Duration {
            // Nobody waits that long, and no more doublings can overflow.
            let whole = min(longestPause, firstPause * (1 << min(attempt - 1, 20)))
            return whole - whole * Double.random(in: 0...0.25)
        }

        /// How long `head` asks to wait, or the usual pause where it does not say.
        func pause(after attempt: Int, _ head: HTTPResponseHead) -> Duration {
            guard let text = head.headers["Retry-After"] else { return pause(after: attempt) }
            if let seconds = Int64(text) { return min(longestPause, max(.zero, .seconds(seconds))) }
            let date = curl_getdate(text, nil)
            // Less than the epoch is how the library says that it is no date.
            guard date >= 0 else { return pause(after: attempt) }
            return min(longestPause, max(.zero, .seconds(Int64(date) - unixTime())))
        }
    }

    /// How long to wait before the next attempt after `error`; nil for no further one.
    func pause(after attempt: Int, _ error: TransportError, hasSent: Bool) -> Duration? {
        guard let retry, attempt < retry.attempts, error.isRetryable, isIdempotent || !hasSent else { return nil }
        return retry.pause(after: attempt)
    }

    /// How long to wait before the next attempt after an answer that begins with `head`; nil where it is the answer.
    func pause(after attempt: Int, _ head: HTTPResponseHead) -> Duration? {
        guard let retry, attempt < retry.attempts, isIdempotent, head.status == 429 || head.status == 503 else { return nil }
        return retry.pause(after: attempt, head)
    }
}
