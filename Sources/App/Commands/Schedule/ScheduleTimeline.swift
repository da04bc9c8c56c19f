import Foundation

/// The times of several schedules in one order.
struct ScheduleTimeline: Encodable {
    /// One schedule.
    struct Track {
        let job: String
        let kind: String
        /// In which its local times are shown.
        let zone: TimeZone
        /// The first time after another.
        let next: (Date) -> Date?

        init(_ job: String, _ kind: String, _ zone: TimeZone, next: @escaping (Date) -> Date?) {
            self.job = job
            self.kind = kind
            self.zone = zone
            self.next = next
        }
    }

    /// A time of a schedule.
    struct Entry: Encodable {
        let time: Date
        let job: String
        let kind: String
        /// For people; JSON has the time in UTC.
        let local: LocalTime

        enum CodingKeys: CodingKey { case time, job, kind }
    }

    /// What is printed of a single expression.
    struct Times: Encodable {
        let runs: [Date]
    }

    let runs: [Date]
    let timeline: [Entry]
    /// Whether anything has a schedule.
    let hasTracks: Bool

    enum CodingKeys: CodingKey { case runs, timeline }

    /// The first `count` times after `start`; of equal ones, those of earlier tracks first.
    init(_ tracks: [Track], after start: Date, count: Int) {
        var nexts = tracks.map { $0.next(start) }
        var entries: [Entry] = []
        while entries.count < count {
            var first: (index: Int, time: Date)?
            for (index, next) in nexts.enumerated() {
                guard let next, first.map({ next < $0.time }) ?? true else { continue }
                first = (index, next)
            }
            guard let (index, time) = first else { break }
            let track = tracks[index]
            entries.append(Entry(time: time, job: track.job, kind: track.kind, local: LocalTime(time, in: track.zone)))
            nexts[index] = track.next(time)
        }
        hasTracks = !tracks.isEmpty
        timeline = entries
        runs = entries.map(\.time)
    }
}
