package import Foundation

/// Which jobs there are, what waits, what runs: the life cycle of runs as a value without clock, journal or logger.
///
/// The caller applies an event to a copy, commits the journal entries among the actions, and only then keeps the copy and does the rest.
/// So a process that dies anywhere leaves a journal from which ``restore(_:definitions:alive:at:)`` goes on.
package struct Board: Sendable {
    /// In the order of the configuration.
    package private(set) var jobs: [JobDefinition]
    /// Admitted and not started, the oldest first.
    package internal(set) var waiting: [Ticket] = []
    /// Under way, by run.
    package internal(set) var running: [RunID: Ticket] = [:]
    /// By job.
    package internal(set) var pauses: [String: Pause] = [:]
    /// Nothing starts any more.
    package internal(set) var isStopping = false
    /// Nothing starts before time passes for the first time: a process that fails while it starts has begun nothing.
    var isHeldBack = false
    var timetables: [String: Times] = [:]
    /// Runs that somebody cancelled, and who.
    var cancellations: [RunID: String] = [:]
    let host: String
    let makeID: @Sendable (Date) -> RunID

    /// Up to where a schedule is dealt with.
    struct Times: Sendable {
        var handled: Date
        /// The first time after `handled`, computed once.
        var next: Date?
        let offset: TimeInterval
        let schedule: JobDefinition.Schedule

        init(_ schedule: JobDefinition.Schedule, handled: Date, offset: Duration) {
            self.schedule = schedule
            self.handled = handled
            self.offset = offset.seconds
            next = schedule.next(after: handled)
        }

        mutating func handle(upTo date: Date) {
            handled = date
            next = schedule.next(after: date)
        }
    }

    /// An empty board for `host`, whose name decides jitter; `makeID` names runs.
    package init(host: String, makeID: @escaping @Sendable (Date) -> RunID = { RunID(startingAt: $0) }) {
        jobs = []
        self.host = host
        self.makeID = makeID
    }

    /// The job of this name.
    package func job(_ name: String) -> JobDefinition? { jobs.first { $0.name == name } }

    /// When the job starts next by itself, jitter included and a pause not; nil where it does not.
    package func nextStart(of job: String) -> Date? {
        timetables[job].flatMap { times in times.next?.addingTimeInterval(times.offset) }
    }

    /// The waiting or running run of the job.
    package func current(of job: String) -> Ticket? {
        running.values.first { $0.record.job == job } ?? waiting.first { $0.record.job == job }
    }

    /// How long nothing changes by itself; nil where nothing is planned.
    package func rest(at moment: Moment) -> Duration? {
        let starts = timetables.values.compactMap { $0.next?.addingTimeInterval($0.offset).timeIntervalSince(moment.now) }
        let retries = waiting.map { ($0.notBefore - moment.uptime).seconds }.filter { $0 > 0 }
        let ends = pauses.values.map { $0.until.timeIntervalSince(moment.now) }
        return (starts + retries + ends).min().map { .seconds(max(0, $0)) }
    }

    /// Applies one event.
    package mutating func apply(_ event: BoardEvent, at moment: Moment) -> [BoardAction] {
        var actions: [BoardAction] = []
        switch event {
        case .tick: tick(moment, &actions)
        case .requested(let job, let requester): request(job, requester, moment, &actions)
        case .ended(let run, let end, let chance): finish(run, end, chance, moment, &actions)
        case .foreignEnded(let run): running[run] = nil
        case .cancelled(let run, let requester): cancel(run, requester, moment, &actions)
        case .paused(let pause):
            self.pause(pause, moment, &actions)
        case .resumed(let job):
            pauses[job] = nil
            actions += [.journal(.resumed(job: job)), .answer(.done)]
        case .configured(let definitions): configure(definitions, moment, &actions)
        case .stopping: stop(moment, &actions)
        }
        startReady(moment, &actions)
        return actions
    }

    /// Takes a run off the board whose end the journal could not be told.
    mutating func forget(_ run: RunID) {
        running[run] = nil
        cancellations[run] = nil
    }

    // MARK: - Starting

    /// Starts what waits for nothing any more, the oldest first.
    ///
    /// A run that only waits for a conflicting one keeps its place: later runs that conflict with it wait behind it, so a collection is not
    /// starved by backups that follow each other. A run that waits for its retry or for another job (`after`) keeps no place, since that
    /// other job may be the one that comes later.
    private mutating func startReady(_ moment: Moment, _ actions: inout [BoardAction]) {
        guard !isStopping, !isHeldBack else { return }
        var claims: [Ticket] = []
        var left: [Ticket] = []
        for ticket in waiting {
            guard ticket.notBefore <= moment.uptime, predecessor(of: ticket, at: moment) == nil else {
                left.append(ticket)
                continue
            }
            guard !running.values.contains(where: { Self.exclude($0, ticket) }), !claims.contains(where: { Self.exclude($0, ticket) })
            else {
                claims.append(ticket)
                left.append(ticket)
                continue
            }
            var started = ticket
            started.record.state = .running
            started.record.started = moment.now
            running[ticket.record.id] = started
            actions += [.journal(.began(ticket.record.id, at: moment.now)), .start(started)]
        }
        waiting = left
    }

    private static func exclude(_ one: Ticket, _ other: Ticket) -> Bool {
        one.record.job == other.record.job || ConflictTable.conflict(one.job.activity, other.job.activity)
    }

    /// A job that goes first and is under way, waits, or is due at the same time and only delayed by its jitter.
    ///
    /// Who goes first is what the configuration says now: two runs that were admitted under two of them could wait for each other for ever.
    private func predecessor(of ticket: Ticket, at moment: Moment) -> String? {
        guard ticket.record.trigger != .manual else { return nil }
        let after = job(ticket.record.job)?.after ?? ticket.job.after
        return after.first { name in
            if let other = current(of: name), other.record.id != ticket.record.id { return true }
            guard let time = ticket.record.scheduledFor, pauses[name] == nil, let next = timetables[name]?.next else { return false }
            // A time that lies ahead is of a clock that was wrong: the other job's next time may be a year away.
            return next <= time && time <= moment.now.addingTimeInterval(DueTimes.correctionLimit)
        }
    }

    /// Why a waiting run has not started yet, for people.
    package func reason(of ticket: Ticket, at moment: Moment) -> String {
        if ticket.notBefore > moment.uptime {
            return
                "retry \(ticket.record.attempt - 1) of \(ticket.job.retries.count), in \(Int((ticket.notBefore - moment.uptime).seconds.rounded(.up))) s"
        }
        if let other = predecessor(of: ticket, at: moment) {
            return "waits for job '\(other)', which goes first"
        }
        if let other = running.values.first(where: { Self.exclude($0, ticket) }) {
            return "waits for run \(other.record.id) of job '\(other.record.job)'"
        }
        return "waits for its turn"
    }

    // MARK: - Jobs

    /// Takes up `definitions`; of the jobs in `remembered` the journal has timetables that this board does not know.
    mutating func configure(
        _ definitions: [JobDefinition], remembered: Set<String> = [], _ moment: Moment, _ actions: inout [BoardAction]
    ) {
        jobs = definitions
        let names = definitions.map(\.name)
        for ticket in waiting where !names.contains(ticket.record.job) {
            drop(ticket, .interrupted, "the job is no longer configured", moment, &actions)
        }
        var times: [String: Times] = [:]
        for job in definitions {
            guard let schedule = job.schedule else {
                // A schedule that comes back later owes nothing for the time without it, also across a restart.
                if timetables[job.name] != nil || remembered.contains(job.name) {
                    actions.append(.journal(.timetable(job: job.name, schedule: "", handled: moment.now)))
                }
                continue
            }
            let offset = HostJitter.offset(host: host, job: job.name, limit: job.jitter)
            if let known = timetables[job.name], known.schedule.identity == schedule.identity {
                times[job.name] = Times(schedule, handled: known.handled, offset: offset)
            } else {
                // A schedule owes nothing for the time before it existed.
                times[job.name] = Times(schedule, handled: moment.now, offset: offset)
                actions.append(.journal(.timetable(job: job.name, schedule: schedule.identity, handled: moment.now)))
            }
        }
        timetables = times
        pauses = pauses.filter { names.contains($0.key) }
        actions.append(.journal(.forgotten(jobsExcept: names)))
    }

    private mutating func stop(_ moment: Moment, _ actions: inout [BoardAction]) {
        isStopping = true
        for ticket in waiting {
            drop(ticket, .interrupted, "opsd stopped before the run began", moment, &actions)
            giveBack(ticket, &actions)
        }
    }

    /// Makes the scheduled time of a run that a stop interrupts due again, so that the next start makes up for it where the job allows that.
    ///
    /// So also that of a retry, and of a run that makes up for another: whoever stops opsd in order does so for reasons of their own.
    mutating func giveBack(_ ticket: Ticket, _ actions: inout [BoardAction]) {
        guard ticket.record.trigger != .manual, ticket.job.catchUp > .zero, let time = ticket.record.scheduledFor,
            let times = timetables[ticket.record.job], times.handled == time
        else { return }
        let before = time.addingTimeInterval(-1)
        timetables[ticket.record.job]?.handle(upTo: before)
        actions.append(.journal(.timetable(job: ticket.record.job, schedule: times.schedule.identity, handled: before)))
    }

    /// Ends a waiting run that never starts.
    mutating func drop(_ ticket: Ticket, _ outcome: RunOutcome, _ reason: String, _ moment: Moment, _ actions: inout [BoardAction]) {
        waiting.removeAll { $0.record.id == ticket.record.id }
        let record = ticket.record.ended(outcome, at: moment.now, because: reason)
        var report = RunReport(run: record.id, job: record.job, kind: record.kind.rawValue, started: moment.now)
        report.outcome = outcome
        report.findings = [Finding(.remark, "not_started", reason)]
        actions += [.journal(.ended(record, report)), .dropped(record)]
    }

    /// Admits a run, which starts as soon as nothing is in its way.
    mutating func admit(_ ticket: Ticket, _ actions: inout [BoardAction]) {
        waiting.append(ticket)
        actions.append(.journal(.admitted(ticket.record, findings: [])))
    }
}
