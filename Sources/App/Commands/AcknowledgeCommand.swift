import ArgumentParser
import Assembly
import Foundation
import Jobs
import OCIImage

/// `opsd acknowledge DIGEST --until T --reason R`.
struct AcknowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge", abstract: "Accept the loss of a blob that production has lost, until a date.",
        discussion: "Until then it no longer makes a backup partial. It stays in every report.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The blob's digest (sha256:...).")
    var digest: String

    @Option(help: ArgumentHelp("The end: a date (2027-01-31) or a time in RFC 3339.", valueName: "time"))
    var until: String

    @Option(help: "Why the loss is acceptable.")
    var reason: String

    func validate() throws {
        guard MomentText.dateOrTime(until) != nil else {
            throw ValidationError("--until takes a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z")
        }
        do {
            _ = try Digest(parsing: digest)
        } catch {
            throw ValidationError("'\(digest)' is no digest: \(error)")
        }
    }

    func run() throws {
        guard let end = MomentText.dateOrTime(until) else { return }
        let entry = try global.installation().acknowledge(try Digest(parsing: digest), until: end, reason: reason)
        Console.current.line("\(entry.digest) acknowledged until \(HumanText.time(entry.until))")
    }
}
