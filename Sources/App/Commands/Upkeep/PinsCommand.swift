import ArgumentParser
import Assembly
import Upkeep

/// `opsd pins`.
struct PinsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pins", abstract: "List the images in use, which are never removed, and how old the lists are.",
        discussion: """
            With --check the registry is asked for each image, as who pulls it would; no pull time moves by it. Ends with 2 where one is missing or
            cannot be pulled, and with 3 where the lists are too old or name too few images, which keeps retention and garbage collection from
            running.
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Ask the registry for every image.")
    var check = false

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() async throws {
        let installation = try global.installation()
        let (list, doubt) = try await installation.pinList()
        let result = check ? try await installation.checkPins(list) : nil
        let document = PinsDocument(list, result, now: installation.now)
        if json {
            try JSONOutput.print(document)
        } else {
            Console.current.write(document.text)
        }
        if let doubt { throw doubt }
        if result.map({ !$0.absent.isEmpty || !$0.denied.isEmpty }) ?? false { throw ExitStatus.partial }
    }
}
