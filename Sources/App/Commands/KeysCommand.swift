import ArgumentParser
import Assembly

/// `opsd keys ...`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make the keys that vaults need.", subcommands: [KeysMakeCommand.self])
}

/// `opsd keys make`.
struct KeysMakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Make an age identity, or a signing key, in a new file of mode 0600.",
        discussion: """
            Make identities on the recovery host, never on the registry host: whoever has one reads every backup. Only the recipient, which is
            printed, goes into the registry host's configuration.
            """)

    @Option(help: ArgumentHelp("Make an age identity in this file and print its recipient.", valueName: "file"))
    var identity: String?

    @Option(help: ArgumentHelp("Make an SSH signing key in this file and print its public half.", valueName: "file"))
    var signingKey: String?

    func validate() throws {
        guard identity != nil || signingKey != nil else { throw ValidationError("say what to make: --identity FILE or --signing-key FILE") }
    }

    func run() throws {
        if let identity { Console.current.line(try Installation.makeIdentity(at: identity)) }
        if let signingKey { Console.current.line(try Installation.makeSigningKey(at: signingKey)) }
    }
}
