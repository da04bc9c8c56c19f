/// Which of a request's time limits runs out when, all in microseconds of one clock. The time to connect is the library's to watch.
struct TransferDeadlines {
    /// What has happened so far.
    struct Progress {
        var isConnected = false
        var isRequestSent = false
        var hasAnswer = false
        /// Since the last look.
        var hasMoved = false
        /// Waits for the task that asked, which is no fault of the server's.
        var isPaused = false
    }

    /// A limit that has passed.
    enum Limit: Equatable {
        case total
        case firstByte
        case stall
    }

    private let total: UInt64?
    private let firstByte: UInt64?
    private let stall: UInt64?
    private var sentAt: UInt64?
    private var movedAt: UInt64?

    /// `total` is the time at which everything must be over.
    init(total: UInt64?, firstByte: Duration?, stall: Duration?) {
        self.total = total
        self.firstByte = firstByte?.microseconds
        self.stall = stall?.microseconds
    }

    /// Takes note of what is so at `now`.
    mutating func note(_ progress: Progress, at now: UInt64) {
        guard progress.isConnected else { return }
        if progress.hasMoved || progress.isPaused || movedAt == nil { movedAt = now }
        if progress.hasAnswer || !progress.isRequestSent {
            sentAt = nil
        } else if sentAt == nil {
            sentAt = now
        }
    }

    /// The limits that run now, with the times at which they have passed.
    private var running: [(limit: Limit, end: UInt64)] {
        [
            (.total, total), (.firstByte, sentAt.flatMap { sent in firstByte.map { sent + $0 } }),
            (.stall, movedAt.flatMap { moved in stall.map { moved + $0 } }),
        ]
        .compactMap { (limit: Limit, end: UInt64?) in end.map { (limit, $0) } }
    }

    /// When the next limit passes; nil for none.
    var next: UInt64? { running.map(\.end).min() }

    /// The limit that has passed at `now`.
    func passed(at now: UInt64) -> Limit? { running.first { $0.end <= now }?.limit }
}

extension Duration {
    /// Of a length of time that is not negative and shorter than a century.
    var microseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(0, min(seconds, 3_000_000_000))) * 1_000_000 + UInt64(max(0, attoseconds / 1_000_000_000_000))
    }
}
