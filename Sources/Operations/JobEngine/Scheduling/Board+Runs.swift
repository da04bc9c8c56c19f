import Foundation

extension Board {
    /// Admits a run by hand, also of a paused job: the pause is for the schedule.
    mutating func request(_ name: String, _ requester: Requester?, _ moment: Moment, _ actions: inout [BoardAction]) {
        guard let job = job(name) else { return actions.append(.answer(.unknownJob)) }
        guard !isStopping else { return actions.append(.answer(.stopping)) }
        supersedeRetry(of: name, moment, &actions)
        if let other = current(of: name) { return actions.append(.answer(.underWay(other.record.id))) }
        let ticket = Ticket(record(job, .manual, nil, moment, by: requester), job)
        admit(ticket, &actions)
        actions.append(.answer(.admitted(ticket.record.id)))
    }

    /// Takes a run that ended off the board, and tries it again where its job says so.
    mutating func finish(_ run: RunID, _ end: RunEnd, _ chance: Double, _ moment: Moment, _ actions: inout [BoardAction]) {
        guard let ticket = running.removeValue(forKey: run) else { return }
        var record = ticket.record
        record.state = .ended(end.report.outcome)
        record.finished = moment.now
        record.seconds = end.seconds
        let canceller = cancellations.removeValue(forKey: run)
        // A run that was done before the cancellation reached it ended by itself.
        record.failure = end.failure.map { failure in canceller.map { "cancelled by \($0)" } ?? failure.message }
        record.reason = end.failure?.reason
        record.exitCode = end.exitCode
        actions.append(.journal(.ended(record, end.report)))
        actions += end.vaults.map { .journal(.vault($0)) }
        if isStopping, canceller == nil, end.report.outcome == .interrupted { giveBack(ticket, &actions) }
        guard end.report.outcome == .failed, end.failure?.isRetryable ?? false, record.trigger != .manual, !isStopping, canceller == nil,
            record.attempt <= ticket.job.retries.count, let job = job(record.job), pauses[record.job] == nil,
            // A queued run of the job takes the place of the retry.
            current(of: record.job) == nil
        else { return }
        let pause = job.retries.pause(before: record.attempt, chance: chance)
        let next = RunRecord(
            id: makeID(moment.now), job: record.job, kind: record.kind, vault: record.vault, trigger: .retry,
            scheduledFor: record.scheduledFor, attempt: record.attempt + 1, retryOf: record.id, admitted: moment.now)
        let retry = Ticket(next, job, notBefore: moment.uptime + pause)
        admit(retry, &actions)
        actions.append(.retried(record.id, as: retry, after: pause))
    }

    mutating func cancel(_ run: RunID, _ requester: Requester?, _ moment: Moment, _ actions: inout [BoardAction]) {
        let who = requester?.description ?? "opsd"
        if let ticket = waiting.first(where: { $0.record.id == run }) {
            drop(ticket, .interrupted, "cancelled by \(who)", moment, &actions)
            actions.append(.answer(.done))
        } else if let ticket = running[run], !ticket.isForeign {
            cancellations[run] = who
            actions += [.cancel(run), .answer(.done)]
        } else {
            actions.append(.answer(.noSuchRun))
        }
    }

    /// What a journal remembers of an earlier process.
    package struct Memory: Sendable {
        /// Runs that have not ended.
        package let unfinished: [RunRecord]
        /// By job.
        package let timetables: [String: Timetable]
        /// Ended ones are ended here.
        package let pauses: [Pause]

        /// Reads it from a journal.
        package init(_ journal: any RunJournal) throws {
            unfinished = try journal.unfinishedRuns()
            timetables = try journal.timetables()
            pauses = try journal.pauses()
        }

        /// Joins what was read elsewhere.
        package init(unfinished: [RunRecord] = [], timetables: [String: Timetable] = [:], pauses: [Pause] = []) {
            self.unfinished = unfinished
            self.timetables = timetables
            self.pauses = pauses
        }
    }

    /// Goes on from what a journal remembers: configures `definitions`, and ends what a dead process left behind.
    ///
    /// Runs in `alive` belong to another process that lives. A scheduled run that was interrupted is made up for where it still is within its
    /// job's `catchUp`. A run that makes up for another, or retries it, is made up for only where it had not begun: so what kills the process
    /// does so twice at most. Nothing starts before the first `tick`.
    package mutating func restore(
        _ memory: Memory, definitions: [JobDefinition], alive: Set<RunID>, at moment: Moment
    ) -> [BoardAction] {
        var actions: [BoardAction] = []
        for job in definitions {
            guard let schedule = job.schedule, let known = memory.timetables[job.name], known.schedule == schedule.identity else {
                continue
            }
            timetables[job.name] = Times(
                schedule, handled: known.handled, offset: HostJitter.offset(host: host, job: job.name, limit: job.jitter))
        }
        for pause in memory.pauses { pauses[pause.job] = pause }
        let remembered = memory.timetables.filter { !$0.value.schedule.isEmpty }.keys
        configure(definitions, remembered: Set(remembered), moment, &actions)
        for record in memory.unfinished {
            let definition =
                job(record.job)
                ?? JobDefinition(
                    name: record.job, activity: Activity(record.kind, vault: record.vault), schedule: nil)
            if alive.contains(record.id) {
                running[record.id] = Ticket(record, definition, isForeign: true)
            } else {
                interrupt(record, definition, moment, &actions)
            }
        }
        isHeldBack = true
        return actions
    }

    private mutating func interrupt(_ record: RunRecord, _ job: JobDefinition, _ moment: Moment, _ actions: inout [BoardAction]) {
        let reason = record.started == nil ? "opsd ended before the run began" : "opsd ended while the run was under way"
        let ended = record.ended(.interrupted, at: moment.now, because: reason)
        let finding = Finding(.warning, "interrupted", "\(reason); what it had stored is adopted by the next run")
        actions += [.journal(.ended(ended, record.report(.interrupted, findings: [finding]))), .interrupted(ended)]
        let offset = timetables[record.job]?.offset ?? 0
        guard record.trigger == .schedule || record.started == nil, let time = record.scheduledFor, self.job(record.job) != nil,
            pauses[record.job].map({ $0.until <= moment.now }) ?? true, moment.now >= time,
            moment.now.timeIntervalSince(time) - offset <= job.catchUp.seconds, current(of: record.job) == nil
        else { return }
        let next = RunRecord(
            id: makeID(moment.now), job: record.job, kind: record.kind, vault: record.vault, trigger: .catchUp, scheduledFor: time,
            retryOf: record.id, admitted: moment.now)
        admit(Ticket(next, job), &actions)
    }
}
