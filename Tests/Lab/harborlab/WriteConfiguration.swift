import ArgumentParser
import Foundation
import HarborLab

/// Writes a configuration that backs the lab up.
struct WriteConfiguration: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write-config", abstract: "Print an opsd.yaml that backs this lab up; its secrets go to the state directory.")

    @OptionGroup var folder: LabFolder
    @Option(help: "The vault's folder.")
    var vault: String
    @Option(help: "The folder of a vault of their own for the keys.")
    var keysVault: String?
    @Option(name: .customLong("recipient"), help: "An age public key; may be given several times.")
    var recipients: [String]
    @Option(help: "Where state, passwords and keys go.")
    var stateDirectory: String
    @Option(help: "The signing key, where it is not in the state directory.")
    var signingKey: String?

    func run() throws {
        var options = HarborLab.WriterOptions(
            vault: absolute(vault), keysVault: keysVault.map(absolute), recipients: recipients, state: absolute(stateDirectory))
        if let signingKey { options.signingKeyFile = absolute(signingKey) }
        print(try folder.attach().writerConfiguration(options), terminator: "")
    }

    private func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
}
