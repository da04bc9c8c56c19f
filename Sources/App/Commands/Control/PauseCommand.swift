import ArgumentParser
import Assembly
import ControlProtocol
import Foundation
import JobEngine

/// `opsd pause JOB --until T [--reason R]`.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Keep a job's schedule from starting it, until a time.",
        discussion: """
            A pause always has an end. By hand the job can still be started. Scheduled times in the pause are recorded as skipped. Where no
            daemon runs, the pause is written into the journal and holds for the next one.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The job.")
    var job: String

    @Option(
        help: ArgumentHelp(
            "The end: a time in RFC 3339, a date (its first moment in UTC), or a duration from now, such as 2h.", valueName: "time"))
    var until: String

    @Option(help: "Why; whoever is on call reads it in 'opsd status'.")
    var reason = "no reason given"

    @Flag(help: "Print the job as JSON.")
    var json = false

    func validate() throws {
        guard MomentText.end(until, now: .distantPast) != nil else {
            throw ValidationError("--until takes 2027-01-31T12:00:00Z, 2027-01-31, or a duration from now such as 2h or 1d12h")
        }
        guard !reason.allSatisfy(\.isWhitespace), reason.utf8.count <= 500, !reason.contains(where: \.isNewline) else {
            throw ValidationError("--reason takes one line of at most 500 bytes")
        }
    }

    func run() async throws {
        let desk = try global.desk()
        let now = desk.now
        guard let end = MomentText.end(until, now: now), end > now else {
            throw RequestError(.usage, "the end of the pause, '\(until)', is not in the future", remedy: "such as --until 2h")
        }
        // Documents have whole seconds: rounded up, a pause is never shorter than asked for.
        let request = PauseRequest(until: Date(timeIntervalSince1970: end.timeIntervalSince1970.rounded(.up)), reason: reason)
        let document = try await desk.ask {
            try await $0.pause(job, request)
        } alone: {
            _ = try desk.job(job)
            let pause = Pause(job: job, until: request.until, reason: reason, requester: Installation.ownRequester, since: now)
            try await desk.commit([.paused(pause)])
            return try await desk.journaled(job)
        }
        if json { return try JSONOutput.print(document) }
        Console.current.line("job '\(job)' is paused until \(HumanText.time(document.pause?.until ?? request.until))")
    }
}

/// `opsd resume JOB`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "End a job's pause.",
        discussion: "What was due in the pause is not made up for: the job runs at its next time.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The job.")
    var job: String

    @Flag(help: "Print the job as JSON.")
    var json = false

    func run() async throws {
        let desk = try global.desk()
        let (document, pause) = try await desk.ask {
            let pause = try await $0.jobs().jobs.first { $0.name == job }?.pause
            return (try await $0.resume(job), pause)
        } alone: {
            _ = try desk.job(job)
            // Before the first run there is no journal to look into; this makes it.
            try await desk.commit([])
            let pause = try await desk.journaled(job).pause
            try await desk.commit([.resumed(job: job)])
            return (try await desk.journaled(job), pause)
        }
        if json { return try JSONOutput.print(document) }
        let next = document.nextRun.map { ", its next run is at \(HumanText.time($0))" } ?? ""
        let what = pause.map { "the pause of job '\(job)' until \(HumanText.time($0.until)) is ended" } ?? "job '\(job)' was not paused"
        Console.current.line("\(what)\(next)")
    }
}
