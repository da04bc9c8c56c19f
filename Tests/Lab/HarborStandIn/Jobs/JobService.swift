import Foundation
import Postgres

/// Harbor's job service: queues, workers and the rows that both leave behind.
///
/// Each kind of job has its own queue and workers. A paused queue keeps what waits in it; what runs goes on. Jobs have real effects on the
/// lab's rows and files.
package actor JobService {
    /// How jobs run.
    package struct Options: Sendable {
        /// How long a job of each kind takes at least; 50 ms where nothing is said.
        package var durations: [JobType: Duration]
        /// How many jobs of a kind run at once; 1 where nothing is said.
        package var workers: [JobType: Int]
        /// Blobs touched within so many hours are no garbage.
        package var timeWindow: Int

        /// How jobs run.
        package init(
            durations: [JobType: Duration] = [:], workers: [JobType: Int] = [.retention: 3, .imageScan: 2], timeWindow: Int = 2
        ) {
            self.durations = durations
            self.workers = workers
            self.timeWindow = timeWindow
        }
    }

    /// Where a test can keep jobs waiting.
    package enum Gate: String, CaseIterable, Sendable {
        /// The task is running, and has done nothing yet.
        case start
        /// A collection has marked what it will delete, and deleted nothing yet.
        case beforeSweep
        /// A collection has deleted some, and not all.
        case midSweep
    }

    /// A job in a queue or at work.
    struct Job: Sendable {
        /// Its name in table `task`.
        let id: String
        let type: JobType
        let execution: Int64
        let task: Int64
        let work: Work
    }

    /// What a job is to do.
    enum Work: Sendable {
        case collectGarbage(GarbageCollectionParameters)
        case scan(ScanTarget)
        case retain(RetentionTask)
    }

    private struct GateKey: Hashable {
        let type: JobType
        let gate: Gate
    }

    private struct RunningJob {
        let job: Job
        let startedAt = Date()
        var log = ""
        var isStopping = false
        var waitsAt: Gate?
    }

    /// What tests turned.
    package private(set) var switches = JobSwitches()
    /// What jobs could not write down; empty unless the database went away.
    package private(set) var failures: [String] = []
    /// How jobs run.
    nonisolated let options: Options
    nonisolated let database: StandInDatabase
    nonisolated let storage: BlobFolders
    nonisolated let deletion: any ArtifactDeletion
    nonisolated var records: JobRecords { JobRecords(database: database) }

    private let clock: any Clock<Duration>
    private var queues: [JobType: [(job: Job, since: Date)]] = [:]
    /// Nil until the rows were read; no job starts before.
    private var paused: Set<String>?
    private var running: [String: RunningJob] = [:]
    private var held: Set<GateKey> = []
    private var waiters: [CheckedContinuation<Void, Never>] = []
    /// A failed scan leaves no rows to find again what is in an image.
    private var knownFindings: [String: [ScanFinding]] = [:]
    private var isEnding = false
    private let starts: AsyncStream<Job>
    private let startsEnd: AsyncStream<Job>.Continuation

    /// A job service over the lab's rows and storage; `storage` is the folder that holds `docker/registry/v2`.
    init(
        database: StandInDatabase, storage: String, deletion: any ArtifactDeletion, options: Options = Options(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.database = database
        self.storage = BlobFolders(root: storage)
        self.deletion = deletion
        self.options = options
        self.clock = clock
        (starts, startsEnd) = AsyncStream.makeStream()
    }

    /// Works until the task is cancelled or `end` is called; running jobs are cut off where they are, as when the process dies.
    func run() async throws {
        try await readPaused()
        for type in queues.keys { pump(type) }
        await withDiscardingTaskGroup { group in
            for await job in starts { group.addTask { await self.perform(job) } }
            // A cancellation ends the stream alone; what waits at a gate must be woken.
            end()
            group.cancelAll()
        }
    }

    /// Reads once which queues are paused.
    @discardableResult
    private func readPaused() async throws -> Set<String> {
        if let paused { return paused }
        let rows = try await database.query("SELECT job_type FROM job_queue_status WHERE paused")
        let stored = Set(try rows.map { try $0.text("job_type") })
        // Another caller may have read, and changed, them meanwhile.
        let known = paused ?? stored
        paused = known
        return known
    }

    /// Makes `run` return.
    func end() {
        isEnding = true
        startsEnd.finish()
        wake()
    }
}

// MARK: - what tests turn

extension JobService {
    /// Changes switches.
    package func change(_ change: @Sendable (inout JobSwitches) -> Void) { change(&switches) }

    /// From now on jobs of a kind wait at a gate.
    package func hold(_ type: JobType, at gate: Gate = .start) { held.insert(GateKey(type: type, gate: gate)) }

    /// Opens all gates of a kind of jobs; those that wait go on.
    package func release(_ type: JobType) {
        held = held.filter { $0.type != type }
        wake()
    }

    /// Returns when a job of a kind waits at a gate. Throws `CancellationError`.
    package func waitUntilHeld(_ type: JobType, at gate: Gate = .start) async throws {
        while !running.values.contains(where: { $0.job.type == type && $0.waitsAt == gate }) {
            try await clock.sleep(for: .milliseconds(5))
        }
    }

    /// Returns when no job is queued or at work, those of paused queues and at closed gates included. Throws `CancellationError`.
    package func waitUntilIdle() async throws {
        while !running.isEmpty || queues.values.contains(where: { !$0.isEmpty }) { try await clock.sleep(for: .milliseconds(5)) }
    }

    /// Starts a collection as a schedule or somebody else does; answers the execution's id.
    @discardableResult
    package func startCollection(trigger: JobTrigger = .schedule, deleteUntagged: Bool = false, isDryRun: Bool = false) async throws
        -> Int64
    {
        try await startCollection(
            GarbageCollectionParameters(deleteUntagged: deleteUntagged, isDryRun: isDryRun, timeWindow: options.timeWindow),
            trigger: trigger)
    }

    /// How many of the next scans still fail; one of them counts it down.
    func takeFailingScan() -> Bool {
        guard switches.failingScans > 0 else { return false }
        switches.failingScans -= 1
        return true
    }

    /// What a manifest is known to contain: what stands in the rows, or stood there before a failed scan.
    func lastFindings(of digest: String, inRows findings: [ScanFinding]) -> [ScanFinding] {
        if !findings.isEmpty { knownFindings[digest] = findings }
        return knownFindings[digest] ?? []
    }

    /// What the next collection takes away wrongly; asked for once.
    func takeWronglyDeletedBlobs() -> Set<String> {
        defer { switches.wronglyDeletedBlobs = [] }
        return switches.wronglyDeletedBlobs
    }

    private func wake() {
        let waiting = waiters
        waiters = []
        for waiter in waiting { waiter.resume() }
    }
}

// MARK: - queues and workers

extension JobService {
    /// Queues a job; its rows exist already.
    func submit(_ job: Job) {
        queues[job.type, default: []].append((job, Date()))
        pump(job.type)
    }

    private func pump(_ type: JobType) {
        guard !isEnding, let paused, !paused.contains(type.rawValue) else { return }
        while running.values.count(where: { $0.job.type == type }) < options.workers[type, default: 1], let first = queues[type]?.first {
            queues[type]?.removeFirst()
            running[first.job.id] = RunningJob(job: first.job)
            startsEnd.yield(first.job)
        }
    }

    private func perform(_ job: Job) async {
        let context = JobContext(service: self, job: job)
        var status = JobStatus.success
        var message = ""
        var attributes = "{}"
        do {
            try await records.markRunning(task: job.task)
            try await pass(.start, job)
            try await clock.sleep(for: options.durations[job.type, default: .milliseconds(50)])
            attributes = try await work(job, context)
        } catch is JobStopped {
            status = .stopped
        } catch {
            status = .error
            message = "\(error)"
            log("[ERROR] \(error)", of: job.id)
        }
        if !isEnding { await report(job, status, message: message, attributes: attributes) }
        running[job.id] = nil
        pump(job.type)
    }

    private func work(_ job: Job, _ context: JobContext) async throws -> String {
        switch job.work {
        case .collectGarbage(let parameters): try await GarbageCollector(context: context, parameters: parameters).run()
        case .scan(let target): try await ScanRun(context: context, target: target).run()
        case .retain(let task): try await RetentionRun(context: context, task: task).run()
        }
    }

    /// Tells core how a job ended. Core takes no such report while the instance is read-only: the rows say "Running" until it is writable again.
    private func report(_ job: Job, _ status: JobStatus, message: String, attributes: String) async {
        do {
            while try await database.isReadOnly(), !isEnding { try await clock.sleep(for: .milliseconds(20)) }
            guard !isEnding else { return }
            try await records.finish(
                task: job.task, status, message: message, attributes: attributes, log: running[job.id]?.log ?? "")
            try await records.sweep(job.type)
        } catch {
            failures.append("cannot record the end of job \(job.id): \(error)")
        }
    }

    /// Waits while a gate is closed. Throws `JobStopped` when the job was told to stop.
    func pass(_ gate: Gate, _ job: Job) async throws {
        running[job.id]?.waitsAt = gate
        defer { running[job.id]?.waitsAt = nil }
        while held.contains(GateKey(type: job.type, gate: gate)), !isEnding, !isStopping(job) {
            await withCheckedContinuation { waiters.append($0) }
        }
        if isStopping(job) || isEnding { throw JobStopped() }
    }

    /// Whether a job is to stop.
    func isStopping(_ job: Job) -> Bool { running[job.id]?.isStopping == true && !switches.deafJobs.contains(job.type) }

    /// Adds a line to a job's log.
    func log(_ line: String, of job: String) {
        running[job]?.log += Date().formatted(.iso8601) + " " + line + "\n"
    }

    /// The log of a job at work.
    func liveLog(of job: String) -> String? { running[job]?.log }
}

// MARK: - stop, pause, resume

extension JobService {
    /// Stops an execution: what waits never runs, what runs is told, rows without a job are ended.
    func stop(execution: Int64) async throws {
        try await stopJobs { $0.execution == execution }
        if !running.values.contains(where: { $0.job.execution == execution }) { try await records.stopRows(ofExecution: execution) }
    }

    /// Stops one job, or every one when `id` is "all".
    func stop(job id: String) async throws { try await stopJobs { id == "all" || $0.id == id } }

    private func stopJobs(where isMeant: (Job) -> Bool) async throws {
        for id in running.keys where running[id].map({ isMeant($0.job) }) == true { running[id]?.isStopping = true }
        wake()
        try await drop(where: isMeant)
    }

    private func drop(where isMeant: (Job) -> Bool) async throws {
        var dropped: [Job] = []
        for (type, queue) in queues {
            dropped += queue.map(\.job).filter(isMeant)
            queues[type] = queue.filter { !isMeant($0.job) }
        }
        for job in dropped { try await records.finish(task: job.task, .stopped) }
    }

    /// Pauses or resumes the queue of a kind of jobs; `type` is a name or "all".
    func setPaused(_ isPaused: Bool, queue type: String) async throws {
        try await readPaused()
        for name in type == "ALL" ? JobType.allCases.map(\.rawValue) : [type] {
            if isPaused { paused?.insert(name) } else { paused?.remove(name) }
            _ = try await database.query(
                """
                INSERT INTO job_queue_status (job_type, paused) VALUES ($1, $2::boolean)
                ON CONFLICT (job_type) DO UPDATE SET paused = excluded.paused, update_time = now()
                """, [name, isPaused ? "true" : "false"])
        }
        for type in JobType.allCases { pump(type) }
    }

    /// Drops everything that waits in the queue of a kind of jobs; `type` is a name or "ALL".
    func stopQueue(_ type: String) async throws { try await drop { type == "ALL" || $0.type.rawValue == type } }

    /// What all queues hold: how many jobs, how old the oldest is in seconds, whether the queue is paused.
    func queueStates() async throws -> [(type: JobType, count: Int, latency: Int, isPaused: Bool)] {
        let paused = try await readPaused()
        return JobType.allCases.map { type in
            let queue = queues[type] ?? []
            let latency = queue.first.map { Int(Date().timeIntervalSince($0.since)) } ?? 0
            return (type, queue.count, latency, paused.contains(type.rawValue))
        }
    }

    /// All jobs at work, with the times of their begin.
    func busyWorkers() -> [(job: Job, startedAt: Date)] {
        running.values.map { ($0.job, $0.startedAt) }.sorted { $0.1 < $1.1 }
    }
}

/// The job was told to stop, and did.
struct JobStopped: Error {}
