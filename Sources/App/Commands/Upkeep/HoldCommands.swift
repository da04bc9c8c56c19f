import ArgumentParser
import Assembly
import Foundation
import Retention
import Upkeep

/// `opsd retention hold REF`.
struct RetentionHoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Keep images until a date, whatever the rules say.",
        discussion: """
            A hold of the same owner on the same target is replaced. It keeps images from this program's retention; a person or Harbor's own rules can
            still delete them.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "An image (project/repository:tag or @digest), a repository, or a pattern of repositories such as 'team-*/**'.")
    var reference: String

    @Option(help: ArgumentHelp("The end: a duration (30d), a date (2027-01-31) or a time in RFC 3339.", valueName: "time"))
    var until: String

    @Option(help: ArgumentHelp("Who asks for it.", valueName: "name"))
    var owner: String

    @Option(help: "Why.")
    var reason: String

    func validate() throws {
        guard MomentText.end(until, now: .distantPast) != nil else {
            throw ValidationError("--until takes a duration such as 30d, a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z")
        }
    }

    func run() throws {
        let installation = try global.installation()
        guard let end = MomentText.end(until, now: installation.now) else { return }
        let entry = try installation.holdImages(reference, owner: owner, reason: reason, until: end)
        Console.current.line("\(entry.hold.target) held for \(entry.hold.owner) until \(HumanText.time(entry.hold.end))")
    }
}

/// `opsd retention holds`.
struct RetentionHoldsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "holds", abstract: "List the holds, also those that have ended.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() throws {
        let installation = try global.installation()
        let document = HoldsDocument(try installation.imageHolds(), now: installation.now)
        if json { return try JSONOutput.print(document) }
        guard !document.holds.isEmpty else { return Console.current.say("opsd: nothing is held") }
        var table = Table("TARGET", "UNTIL", "STATE", "OWNER", "BY", "REASON")
        for hold in document.holds {
            table.add(hold.target, HumanText.time(hold.until), hold.active ? "active" : "ended", hold.owner, hold.by, hold.reason)
        }
        Console.current.write(table.text)
    }
}

/// `opsd retention release REF`.
struct RetentionReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Take holds away.",
        discussion: "Name the target as 'opsd retention holds' lists it.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "What is held.")
    var reference: String

    @Option(help: ArgumentHelp("Only this owner's. (default: everybody's)", valueName: "name"))
    var owner: String?

    func run() throws {
        for entry in try global.installation().releaseImages(reference, owner: owner) {
            Console.current.line(
                "\(entry.hold.target) released, which was held for \(entry.hold.owner) until \(HumanText.time(entry.hold.end))")
        }
    }
}

/// What `opsd retention holds --json` prints.
struct HoldsDocument: Encodable {
    struct Entry: Encodable {
        let target: String
        let owner: String
        let reason: String
        let until: Date
        let created: Date
        let by: String
        let active: Bool
    }

    let holds: [Entry]

    init(_ holds: ImageHolds, now: Date) {
        self.holds = holds.entries.map {
            Entry(
                target: "\($0.hold.target)", owner: $0.hold.owner, reason: $0.hold.reason, until: $0.hold.end, created: $0.created,
                by: $0.by,
                active: $0.hold.isActive(at: now))
        }
    }
}
