import ArgumentParser
import Assembly
import Foundation
import Glibc
import Jobs
import SystemPackage
import Vault

/// `opsd restore ...`: prints its plan, and does it only with `--execute`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring a snapshot back. Prints the plan; --execute does it.",
        subcommands: [RestoreDatabaseCommand.self, RestoreStorageCommand.self, RestoreFilesCommand.self, RestoreAllCommand.self])
}

/// The words that every restore takes.
struct RestoreOptions: ParsableArguments {
    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: VaultOptions

    @Option(help: ArgumentHelp("The snapshot: an id, the beginning of one, or latest.", valueName: "id"))
    var snapshot = "latest"

    @Option(help: ArgumentHelp("Refuse a vault whose newest manifest has a lower sequence.", valueName: "sequence"))
    var atLeast: Int?

    @Flag(help: "Do it; without this the plan is printed and nothing happens.")
    var execute = false

    /// Opens the vault, chooses the snapshot, and says how old it is: a first-time reader has nothing else to judge by.
    func choose(_ isWanted: @escaping (SnapshotManifest) -> Bool) async throws -> (installation: Installation, chosen: ChosenSnapshot) {
        let installation = try global.installation()
        let chosen = try await installation.chooseSnapshot(
            snapshot, vault: options.vault, identityFiles: options.identity.map { .init($0) }, atLeast: atLeast, where: isWanted)
        for (signer, head) in chosen.history.heads.sorted(by: { $0.key < $1.key }) {
            Console.current.say("head: sequence \(head.sequence) (snapshot \(head.snapshot)) of \(signer)")
        }
        let age = installation.now.timeIntervalSince(chosen.manifest.recoveryPoint)
        Console.current.say(
            "snapshot \(chosen.manifest.snapshot): recovery point \(HumanText.time(chosen.manifest.recoveryPoint)), \(HumanText.seconds(max(0, age))) ago\(chosen.manifest.complete ? "" : ", INCOMPLETE")"
        )
        return (installation, chosen)
    }

    /// Prints a plan; true if it is to be executed.
    func show(_ plan: RestorePlan) -> Bool {
        let console = Console.current
        console.line("plan: restore \(plan.what)")
        console.line("  from snapshot \(plan.snapshot.snapshot), recovery point \(HumanText.time(plan.snapshot.recoveryPoint))")
        console.line("  to \(plan.to), about \(HumanText.size(plan.bytes)) to read")
        for note in plan.notes { console.line("  note: \(note)") }
        if !execute { console.line("nothing was done; add --execute to do it") }
        return execute
    }

    /// Prints what was done; throws `partial` where something is missing.
    func show(_ result: RestoreResult, unit: String) throws {
        let console = Console.current
        console.line(
            "restored \(result.restored) \(unit), \(HumanText.size(result.bytes))\(result.kept > 0 ? "; \(result.kept) were there and right" : "")"
        )
        for note in result.notes { console.line("  \(note)") }
        for missing in result.missing { console.line("  MISSING \(missing)") }
        if !result.missing.isEmpty { throw ExitStatus.partial }
    }
}

/// `opsd restore database --to DSN`.
struct RestoreDatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database", abstract: "Load the database into an empty one and compare every table's checksum.")

    @OptionGroup var restore: RestoreOptions

    @Option(
        help: ArgumentHelp(
            "The empty database: postgresql://user@host/name, or key=value words; a password comes from PGPASSFILE.", valueName: "dsn"))
    var to: String

    func run() async throws {
        let (installation, chosen) = try await restore.choose { $0.scope != .files }
        try await Self.run(restore, installation, chosen, to)
    }

    static func run(_ restore: RestoreOptions, _ installation: Installation, _ chosen: ChosenSnapshot, _ dsn: String) async throws {
        let work = try installation.databaseRestore(chosen, dsn: dsn)
        let plan = try await installation.performing(ConsoleProgress()) { _ in try await work.plan() }
        guard restore.show(plan) else { return }
        let result = try await installation.performing(ConsoleProgress()) { try await work.execute(recorder: $0) }
        try restore.show(result, unit: "tables")
    }
}

/// `opsd restore storage --to DIR`.
struct RestoreStorageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage", abstract: "Write blobs and link files into a folder that a registry can serve.",
        discussion: "What is in the folder already is hashed and kept if right, so an interrupted restore can be run again.")

    @OptionGroup var restore: RestoreOptions

    @Option(help: ArgumentHelp("The folder that is to hold docker/registry/v2.", valueName: "directory"))
    var to: String

    @Option(help: ArgumentHelp("Give everything to this numeric owner (Harbor's registry runs as 10000:10000).", valueName: "uid:gid"))
    var owner: String?

    func validate() throws {
        guard owner == nil || parsedOwner != nil else { throw ValidationError("--owner takes uid:gid in numbers, such as 10000:10000") }
    }

    private var parsedOwner: (user: UInt32, group: UInt32)? {
        guard let parts = owner?.split(separator: ":").map({ UInt32($0) }), parts.count == 2, let user = parts[0], let group = parts[1]
        else {
            return nil
        }
        return (user, group)
    }

    func run() async throws {
        let (installation, chosen) = try await restore.choose { $0.scope != .files }
        try await Self.run(restore, installation, chosen, to, parsedOwner)
    }

    static func run(
        _ restore: RestoreOptions, _ installation: Installation, _ chosen: ChosenSnapshot, _ folder: String,
        _ owner: (user: UInt32, group: UInt32)?
    ) async throws {
        let work = try installation.storageRestore(chosen, to: .init(folder), owner: owner)
        let plan = try await installation.performing(ConsoleProgress()) { _ in try await work.plan() }
        guard restore.show(plan) else { return }
        let result = try await installation.performing(ConsoleProgress()) { try await work.execute(recorder: $0) }
        try restore.show(result, unit: "blobs")
    }
}

/// `opsd restore files --set NAME --to DIR`.
struct RestoreFilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files", abstract: "Unpack a file set below a folder, with owner, mode, ACL, attributes and links.")

    @OptionGroup var restore: RestoreOptions

    @Option(help: ArgumentHelp("The file set.", valueName: "name"))
    var set: String

    @Option(help: ArgumentHelp("The folder below which the files' absolute paths begin.", valueName: "directory"))
    var to: String

    func run() async throws {
        let wanted = set
        let (installation, chosen) = try await restore.choose { $0.fileSets.contains(wanted) }
        try await Self.run(restore, installation, chosen, set, to)
    }

    static func run(
        _ restore: RestoreOptions, _ installation: Installation, _ chosen: ChosenSnapshot, _ set: String, _ folder: String
    ) async throws {
        let work = try installation.filesRestore(set, chosen, to: .init(folder), restoringOwners: geteuid() == 0)
        guard restore.show(try work.plan()) else { return }
        let result = try await installation.performing(ConsoleProgress()) { try await work.execute(recorder: $0) }
        try restore.show(result, unit: "files")
    }
}

/// `opsd restore all`: database, blobs and the file sets of one snapshot.
struct RestoreAllCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all", abstract: "Bring back database, blobs and file sets of one snapshot.",
        discussion: """
            File sets are unpacked below DIR/files, blobs below DIR/registry. A file set that is kept in another vault is restored with
            'opsd restore files --vault NAME'.
            """)

    @OptionGroup var restore: RestoreOptions

    @Option(help: ArgumentHelp("The empty database.", valueName: "dsn"))
    var toDatabase: String

    @Option(help: ArgumentHelp("The folder for blobs and files.", valueName: "directory"))
    var to: String

    func run() async throws {
        let (installation, chosen) = try await restore.choose { $0.scope == .full }
        var isPartial = false
        // The database comes first: it is the smallest, and the one that can be refused.
        try await RestoreDatabaseCommand.run(restore, installation, chosen, toDatabase)
        do {
            try await RestoreStorageCommand.run(restore, installation, chosen, "\(to)/registry", nil)
        } catch let status as ExitStatus where status == .partial {
            isPartial = true
        }
        for set in chosen.manifest.fileSets {
            do {
                try await RestoreFilesCommand.run(restore, installation, chosen, set, "\(to)/files")
            } catch let status as ExitStatus where status == .partial {
                isPartial = true
            }
        }
        if !chosen.manifest.companions.isEmpty {
            Console.current.say("file sets in other vaults were not restored: run 'opsd restore files --vault NAME --set NAME'")
        }
        if isPartial { throw ExitStatus.partial }
    }
}
