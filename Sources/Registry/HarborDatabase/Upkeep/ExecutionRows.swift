package import Foundation

/// An execution of one of Harbor's jobs that has not ended, as its row says.
package struct ExecutionUnderWay: Sendable, Equatable {
    /// The row.
    package let id: Int64
    /// What it works for, such as a policy's row; nil where none is stored.
    package let vendorID: Int64?
    /// In Harbor's words: `Pending`, `Scheduled` or `Running`.
    package let status: String
    /// When it began; nil where no time is stored.
    package let started: Date?

    /// Describes an execution.
    package init(id: Int64, vendorID: Int64?, status: String, started: Date?) {
        self.id = id
        self.vendorID = vendorID
        self.status = status
        self.started = started
    }
}

/// A schedule of Harbor's.
package struct StoredSchedule: Sendable, Equatable {
    /// The row.
    package let id: Int64
    /// What it starts, in Harbor's words, such as `GARBAGE_COLLECTION`.
    package let vendor: String
    /// What it works for, such as a policy's row; nil where none is stored.
    package let vendorID: Int64?
    /// Six fields, in UTC.
    package let cron: String
    /// Where a garbage collection empties the registry's cache: host and port of the address that was noted when the schedule was made,
    /// never its password. Nil for other vendors, and where no host can be told.
    package let cacheHost: String?

    /// Describes a schedule.
    package init(id: Int64, vendor: String, vendorID: Int64?, cron: String, cacheHost: String?) {
        self.id = id
        self.vendor = vendor
        self.vendorID = vendorID
        self.cron = cron
        self.cacheHost = cacheHost
    }
}
