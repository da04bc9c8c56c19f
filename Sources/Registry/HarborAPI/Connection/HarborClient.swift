package import CurlTransport

/// Harbor's REST API, version 2.0, as Harbor 2.11 to 2.15 speak it.
///
/// Each call throws `HarborAPIError` or `CancellationError`. Cancelling ends the request at once; what it asked for may be done all the
/// same. Credentials go with each request, cookies never. Requests that change nothing when they come twice are repeated a few times where
/// Harbor cannot be reached, is overloaded or fails, and a `Retry-After` of up to a minute is waited for; all others are sent once, and the
/// caller looks afterwards.
///
/// Harbor treats a wrong, disabled or expired robot as nobody, and shows nobody the public part. Where that would be taken for the whole
/// (``projects()``), the credential is proved after the reading.
///
/// A list is complete: it holds each entry, once, that existed from the beginning to the end of its reading, ordered by id where Harbor
/// can order it so. Entries that come or go meanwhile may be in it or not. Where a list never holds still, the call fails with `unsettled`.
package struct HarborClient: Sendable {
    let settings: HarborSettings
    let transport: CurlTransport
    let clock: any Clock<Duration>
    let retries = RetryPolicy()

    /// A client; nothing is asked yet. `clock` measures the pauses between attempts.
    package init(_ settings: HarborSettings, transport: CurlTransport, clock: any Clock<Duration>) {
        self.settings = settings
        self.transport = transport
        self.clock = clock
    }
}
