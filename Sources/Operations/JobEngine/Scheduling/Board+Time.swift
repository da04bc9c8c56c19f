import Foundation

extension Board {
    /// Lets time pass: ends pauses, and deals with every scheduled time that has come.
    mutating func tick(_ moment: Moment, _ actions: inout [BoardAction]) {
        isHeldBack = false
        for pause in pauses.values where pause.until <= moment.now {
            pauses[pause.job] = nil
            actions.append(.journal(.resumed(job: pause.job)))
        }
        guard !isStopping else { return }
        var correction: TimeInterval = 0
        for job in jobs {
            guard let times = timetables[job.name] else { continue }
            // By the clock itself: a new schedule is dealt with up to now, which is ahead of what jitter makes of now.
            let ahead = times.handled.timeIntervalSince(moment.now)
            if ahead > DueTimes.correctionLimit {
                correction = max(correction, ahead)
                timetables[job.name]?.handle(upTo: moment.now)
                actions.append(.journal(.timetable(job: job.name, schedule: times.schedule.identity, handled: moment.now)))
                continue
            }
            let now = moment.now.addingTimeInterval(-times.offset)
            guard let next = times.next, next <= now,
                let due = DueTimes(times.schedule, handled: times.handled, now: now, catchUp: job.catchUp)
            else { continue }
            timetables[job.name]?.handle(upTo: due.time)
            actions.append(.journal(.timetable(job: job.name, schedule: times.schedule.identity, handled: due.time)))
            take(due, job, moment, &actions)
        }
        if correction > 0 { actions.append(.clockCorrected(by: correction)) }
    }

    private mutating func take(_ due: DueTimes, _ job: JobDefinition, _ moment: Moment, _ actions: inout [BoardAction]) {
        if let last = due.lastMissed { miss(job, due.missed, last, moment, &actions) }
        switch due.verdict {
        case .missed: return
        case .onTime: schedule(job, .schedule, due.time, moment, &actions)
        case .caughtUp: schedule(job, .catchUp, due.time, moment, &actions)
        }
    }

    private mutating func miss(_ job: JobDefinition, _ count: Int, _ last: Date, _ moment: Moment, _ actions: inout [BoardAction]) {
        var record = record(job, .schedule, last, moment)
        record.state = .ended(.missed)
        record.finished = moment.now
        record.exitCode = RunOutcome.missed.exitCode
        let many =
            count >= DueTimes.countLimit
            ? "at least \(count) scheduled times" : count == 1 ? "1 scheduled time" : "\(count) scheduled times"
        let finding = Finding(
            .warning, "missed", "\(many) up to \(last.formatted(.iso8601)) passed without a run: opsd was not running, or could not act")
        actions += [
            .journal(.missed(job: job.name, count: count)), .journal(.admitted(record, findings: [finding])),
            .missed(job: job.name, count: count, last: last),
        ]
    }

    /// Holds the job's schedule, what it has admitted already included: only a run by hand goes on waiting.
    mutating func pause(_ pause: Pause, _ moment: Moment, _ actions: inout [BoardAction]) {
        pauses[pause.job] = pause
        actions.append(.journal(.paused(pause)))
        for ticket in waiting where ticket.record.job == pause.job && ticket.record.trigger != .manual && pause.until > moment.now {
            drop(ticket, .skipped, Self.reason(of: pause), moment, &actions)
        }
        actions.append(.answer(.done))
    }

    private static func reason(of pause: Pause) -> String {
        "the job is paused until \(pause.until.formatted(.iso8601)): \(pause.reason)"
    }

    /// Deals with one scheduled time that is to run.
    private mutating func schedule(
        _ job: JobDefinition, _ trigger: RunTrigger, _ time: Date, _ moment: Moment, _ actions: inout [BoardAction]
    ) {
        if let pause = pauses[job.name] {
            return skip(job, trigger, time, Self.reason(of: pause), moment, &actions)
        }
        supersedeRetry(of: job.name, moment, &actions)
        if let other = current(of: job.name) {
            let isWaiting = waiting.contains { $0.record.job == job.name }
            switch job.overlap {
            case .queue where !isWaiting: break
            case .queue, .skip:
                return skip(job, trigger, time, "run \(other.record.id) of the job is under way", moment, &actions)
            }
        }
        admit(Ticket(record(job, trigger, time, moment), job), &actions)
    }

    private mutating func skip(
        _ job: JobDefinition, _ trigger: RunTrigger, _ time: Date, _ reason: String, _ moment: Moment, _ actions: inout [BoardAction]
    ) {
        let record = record(job, trigger, time, moment).ended(.skipped, at: moment.now, because: reason)
        actions += [
            .journal(.admitted(record, findings: [Finding(.remark, "skipped", reason)])), .skipped(record, reason: reason),
        ]
    }

    /// A retry that still waits for its pause gives way to a run that may start now.
    mutating func supersedeRetry(of job: String, _ moment: Moment, _ actions: inout [BoardAction]) {
        for ticket in waiting where ticket.record.job == job && ticket.notBefore > moment.uptime {
            drop(ticket, .skipped, "another run of the job came before the retry", moment, &actions)
        }
    }

    /// A run that is admitted now.
    func record(_ job: JobDefinition, _ trigger: RunTrigger, _ time: Date?, _ moment: Moment, by requester: Requester? = nil) -> RunRecord {
        RunRecord(
            id: makeID(moment.now), job: job.name, kind: job.activity.kind, vault: job.activity.vault, trigger: trigger, scheduledFor: time,
            requester: requester, admitted: moment.now)
    }
}
