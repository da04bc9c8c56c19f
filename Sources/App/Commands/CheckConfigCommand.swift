import ArgumentParser
import Assembly

/// `opsd check-config`.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check the configuration and say which roles it has.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() throws {
        let report = try global.installation().report()
        if json { return try JSONOutput.print(report) }
        Console.current.write("\(report)\n")
    }
}
