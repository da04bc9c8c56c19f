import CronSchedule
import Foundation
import JobEngine

/// The same numbers from the same seed, on every host.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// What a simulated host has to live through.
struct Weather: Sendable {
    /// Of a hundred thousand commits, this many are followed, and as many preceded, by the death of the process.
    var crashes = 0
    /// The process dies once, at this commit (from 0): before it, or after it and before anything is carried out.
    var crashAt: (commit: Int, isBefore: Bool)?
    var jumps = false
    var pauses = false
    var reloads = false
    var stops = false
    /// Percent of runs that fail.
    var failures = 0

    var isRough: Bool { jumps || pauses || reloads || stops }
}

/// A board with toy jobs, its journal, clocks and work: an engine in one thread, whose process may die at any step.
struct SimulatedHost {
    static let birth = Date(timeIntervalSince1970: 1_767_225_600)

    private(set) var weather: Weather
    private(set) var definitions: [JobDefinition]
    private(set) var journal: ModelJournal
    private(set) var board: Board
    /// Seconds since the birth, as they really pass.
    private(set) var real: TimeInterval = 0
    private(set) var restarts = 0
    private var random: SeededGenerator
    private var wallStep: TimeInterval = 0
    private var booted: TimeInterval = 0
    /// When the work of a run ends, and how.
    private var ends: [RunID: (time: TimeInterval, outcome: RunOutcome)] = [:]
    private var disturbance: TimeInterval = .infinity
    private let ids = NumberedIDs()

    init(_ definitions: [JobDefinition], seed: UInt64, _ weather: Weather) {
        self.definitions = definitions
        self.weather = weather
        random = SeededGenerator(seed: seed)
        journal = ModelJournal(definitions)
        board = Board(host: "simulated")
        start()
        planDisturbance()
    }

    private var moment: Moment { Moment(now: Self.birth.addingTimeInterval(real + wallStep), uptime: .seconds(real - booted)) }

    /// The time of day, as the host's clock shows it.
    var now: Date { moment.now }

    /// Lives for `days` more.
    mutating func live(days: Double) {
        let end = real + days * 86_400
        var turnsWithoutTime = 0
        while real < end {
            let rest = board.rest(at: moment)?.seconds.rounded(.up) ?? .infinity
            let before = real
            let work = ends.values.map(\.time).min() ?? .infinity
            real = max(real, min(real + rest, work, disturbance, end))
            turnsWithoutTime = real > before ? 0 : turnsWithoutTime + 1
            guard turnsWithoutTime < 100 else { return journal.violate("the board turns without end at \(now)") }
            for (run, end) in ends.filter({ $0.value.time <= real }).sorted(by: { $0.key.description < $1.key.description }) {
                ends[run] = nil
                finish(run, end.outcome)
            }
            if real >= disturbance { disturb() }
            apply(.tick)
            journal.checkAges(real, now)
        }
    }

    /// Nothing disturbs any more: what waits and runs comes to its end.
    mutating func comeToRest() {
        disturbance = .infinity
        weather = Weather()
        live(days: 3)
        apply(.stopping)
        while let next = ends.values.map(\.time).min() {
            real = max(real, next)
            for (run, end) in ends where end.time <= real {
                ends[run] = nil
                finish(run, end.outcome)
            }
        }
    }

    // MARK: - The engine's part

    private mutating func finish(_ run: RunID, _ outcome: RunOutcome) {
        var report = RunReport(run: run, job: "", kind: "", started: now)
        report.outcome = outcome
        let failure: RunFailure? = outcome == .succeeded ? nil : RunFailure(outcome, isRetryable: true, "simulated")
        let chance = Double(random.next() % 1000) / 1000
        apply(.ended(run, RunEnd(report: report, seconds: 1, failure: failure), chance: chance))
    }

    /// As the engine does it: decide on a copy, commit, keep, carry out. The process may die in between.
    private mutating func apply(_ event: BoardEvent) {
        var next = board
        let actions = next.apply(event, at: moment)
        guard commit(actions) else { return restart() }
        board = next
        carryOut(actions)
    }

    /// False where the process died.
    private mutating func commit(_ actions: [BoardAction]) -> Bool {
        let entries = actions.compactMap { action -> JournalEntry? in if case .journal(let entry) = action { entry } else { nil } }
        guard !entries.isEmpty else { return true }
        let fate = weather.crashes > 0 ? Int(random.next() % 100_000) : .max
        let planned = weather.crashAt.flatMap { $0.commit == journal.commits ? $0.isBefore : nil }
        // A planned crash before the commit happens once; the same commit comes again.
        if let planned, planned, restarts == 0 { return false }
        if fate < weather.crashes { return false }
        for case .clockCorrected in actions { journal.forgetTimes() }
        journal.commit(entries, now: real)
        if let planned, !planned { return false }
        return fate == .max || fate >= 2 * weather.crashes
    }

    private mutating func carryOut(_ actions: [BoardAction]) {
        for action in actions {
            guard case .start(let ticket) = action else { continue }
            let minutes = random.next() % 20 == 0 ? Double(random.next() % 300) : Double(random.next() % 40)
            let outcome: RunOutcome = Int(random.next() % 100) < weather.failures ? .failed : .succeeded
            ends[ticket.record.id] = (real + minutes * 60 + 5, outcome)
        }
    }

    /// The process is dead, with all its work. A while later another one starts, which may die, too.
    private mutating func restart() {
        restarts += 1
        journal.remember("the process dies at \(now)")
        ends = [:]
        let fate = random.next() % 10
        real += Double(random.next() % (fate < 6 ? 120 : fate < 9 ? 21_600 : 259_200))
        booted = real
        start()
    }

    private mutating func start() {
        var next = Board(host: "simulated") { [ids] _ in ids.next() }
        let actions = next.restore(journal.memory, definitions: definitions, alive: [], at: moment)
        guard commit(actions) else { return restart() }
        board = next
        carryOut(actions)
        // A daemon may fail in between, where its port is taken.
        if weather.stops, random.next() % 8 == 0 { return restart() }
        apply(.tick)
    }

    // MARK: - Disturbances

    private mutating func planDisturbance() {
        disturbance = weather.isRough ? real + Double(random.next() % 864_000) : .infinity
    }

    private mutating func disturb() {
        switch random.next() % 4 {
        case 0 where weather.jumps: jump()
        case 1 where weather.pauses: pause()
        case 2 where weather.reloads: reload()
        case 3 where weather.stops: stop()
        default: break
        }
        planDisturbance()
    }

    private mutating func jump() {
        let steps: [TimeInterval] = [-40, 90, -1800, 2700, -7200, 10_000, -20_000, 90_000, -200_000, 31_536_000]
        let step = steps[Int(random.next() % UInt64(steps.count))]
        // A clock that is a year ahead is noticed at some time.
        wallStep = wallStep > 10_000_000 ? wallStep - 31_536_000 : wallStep + step
        journal.remember("the clock jumps to \(now)")
        real += Double(random.next() % 15)
    }

    private mutating func pause() {
        let job = definitions[Int(random.next() % UInt64(definitions.count))].name
        let until = now.addingTimeInterval(Double(random.next() % 400_000) + 1)
        apply(.paused(Pause(job: job, until: until, reason: "simulated", requester: nil, since: now)))
        if random.next() % 3 == 0 { apply(.resumed(job: job)) }
    }

    private mutating func reload() {
        let number = Int(random.next() % UInt64(definitions.count))
        let old = definitions[number]
        var schedule = old.schedule
        if random.next() % 3 == 0, let known = schedule, let zone = TimeZone(identifier: known.timezone == .gmt ? "Asia/Kolkata" : "UTC") {
            schedule = JobDefinition.Schedule(known.expression, in: zone)
            journal.forgetTimes()
        }
        definitions[number] = JobDefinition(
            name: old.name, activity: old.activity, schedule: schedule, retries: old.retries, jitter: old.jitter, catchUp: old.catchUp,
            overlap: random.next() % 2 == 0 ? .skip : .queue, after: old.after)
        if random.next() % 4 == 0 {
            apply(.configured(definitions.filter { $0.name != old.name }))
            // It comes back as a new one: where the clock is behind, with times that it had before.
            journal.forgetTimes()
        }
        apply(.configured(definitions))
    }

    private mutating func stop() {
        let count = restarts
        apply(.stopping)
        guard restarts == count else { return }
        for run in ends.keys.sorted(by: { $0.description < $1.description }) {
            ends[run] = nil
            finish(run, random.next() % 2 == 0 ? .interrupted : .succeeded)
            guard restarts == count else { return }
        }
        restart()
    }
}
