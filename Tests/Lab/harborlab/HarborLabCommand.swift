import ArgumentParser
import Foundation
import HarborLab
import LabServers

@main
struct HarborLabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "harborlab", abstract: "A small Harbor on loopback: database, registry, images, files, faults.",
        subcommands: [Up.self, Down.self, Status.self, Push.self, Break.self, WriteConfiguration.self, ServeAPI.self])
}

/// The option that all commands share.
struct LabFolder: ParsableArguments {
    @Option(name: .customLong("dir"), help: "The lab's folder.", completion: .directory)
    var path: String

    /// The folder as an absolute path: servers start elsewhere.
    var absolute: String { URL(filePath: path).standardizedFileURL.path }

    /// The lab that runs there.
    func attach() throws -> HarborLab { try HarborLab.attach(to: absolute) }
}

/// Makes a lab and leaves it running.
struct Up: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a lab and start its servers.")

    @OptionGroup var folder: LabFolder
    @Option(help: "Add this many synthetic repositories of ten blobs each.")
    var scale = 0
    @Option(help: "What the synthetic bytes are made from.")
    var seed: UInt64 = 1
    @Flag(help: "Keep this command in the foreground; the servers end with it.")
    var foreground = false

    func run() throws {
        let lab = try HarborLab.up(at: folder.absolute, options: .init(scale: scale, seed: seed, isDetached: !foreground))
        Report(lab).print()
        if foreground {
            Report.say("the servers run until this command's input ends (Control-D) or it is interrupted")
            while readLine() != nil {}
            lab.stop()
        }
    }
}

/// Ends a lab.
struct Down: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End the lab's servers; its files stay.")

    @OptionGroup var folder: LabFolder

    func run() throws {
        try folder.attach().stop()
        Report.say("ended; remove \(folder.absolute) when you no longer need it")
    }
}

/// Says what runs where.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say what runs where. Exits with 1 when a server does not run.")

    @OptionGroup var folder: LabFolder

    func run() throws {
        let lab = try folder.attach()
        Report(lab).print()
        guard lab.cluster.isRunning, lab.registry.isRunning else { throw ExitCode.failure }
    }
}

/// Adds an image.
struct Push: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Push one more image; each TEXT becomes a layer. Prints its digest.")

    @OptionGroup var folder: LabFolder
    @Option(help: "An existing project.")
    var project = "library"
    @Option(help: "The repository's name within the project.")
    var repository: String
    @Option(name: .customLong("tag"), help: "May be given several times.")
    var tags: [String] = []
    @Argument var text: [String]

    func run() throws {
        print(try folder.attach().pushImage(project: project, repository: repository, tags: tags, layers: text).digest)
    }
}
