/// The words of the control socket: HTTP/1.1 over a unix socket, JSON in snake case, times in RFC 3339 UTC.
///
/// ```
/// GET  /v1/status                     StatusDocument
/// GET  /v1/jobs                       JobsDocument
/// GET  /v1/runs?job=NAME&limit=N      RunsDocument, the newest first
/// GET  /v1/runs/ID                    RunDocument; ID may be the beginning of one
/// GET  /v1/runs/ID/events             EventLine, one a line, until the run has ended
/// POST /v1/jobs/NAME/runs             201 StartedDocument · 409 ErrorDocument with the run that is under way
/// POST /v1/runs/ID/cancel             StartedDocument
/// POST /v1/jobs/NAME/pause            PauseRequest -> JobDocument
/// POST /v1/jobs/NAME/resume           JobDocument
/// ```
/// Every other answer is an ``ErrorDocument``. Keys are only ever added; what cannot be said by adding gets another prefix.
package enum ControlAPI {
    /// Stands before every path.
    package static let prefix = "/v1"
    /// A request body is never larger.
    package static let bodyLimit = 64 << 10
    /// Of documents.
    package static let documentType = "application/json"
    /// Of ``EventLine`` streams.
    package static let eventType = "application/x-ndjson"
    /// The most runs that one answer lists.
    package static let listLimit = 1_000
    /// An event stream is never silent for longer: a ``EventLine/Event/alive`` line comes instead.
    package static let aliveInterval = Duration.seconds(15)
}
