import ArgumentParser
import Assembly
import Jobs
import SystemPackage
import Vault

/// `opsd vault ...`: the vault itself.
struct VaultCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault", abstract: "Make, audit and verify a vault.",
        subcommands: [VaultInitCommand.self, VaultAuditCommand.self, VaultVerifyCommand.self, VaultRebuildCatalogCommand.self])
}

/// `opsd vault init`.
struct VaultInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a vault, and the signing key and catalog identity that do not exist yet.")

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The vault, where the configuration has several.", valueName: "name"))
    var vault: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        let report = try await global.installation().initializeVault(vault)
        if json { return try JSONOutput.print(report) }
        let console = Console.current
        console.line("vault '\(report.vault)' \(report.id) made at \(report.location)")
        for file in report.made { console.line("made \(file)") }
        if let signer = report.signer {
            console.line("pin this signer where restores and drills run:")
            console.line("  signers: [\"\(signer)\"]")
        }
    }
}

/// `opsd vault audit`.
struct VaultAuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Check signatures, chains, presence and sizes; needs no key that decrypts.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: VaultOptions

    @Flag(help: "Also read every object and compare its hash.")
    var read = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        let installation = try global.installation()
        let vault = try await installation.openVault(options.vault)
        let report = try await installation.audit(vault, reading: read, progress: ConsoleProgress())
        if json {
            try JSONOutput.print(report)
        } else {
            print(report)
        }
        if !report.isSound { throw ExitStatus.partial }
    }

    private func print(_ report: AuditReport) {
        let console = Console.current
        let depth = report.didRead ? "hashes compared" : "hashes not compared, use --read"
        console.line("vault '\(report.vault)' \(report.vaultID): \(report.isSound ? "sound" : "NOT SOUND")")
        console.line(
            "  \(report.snapshots) snapshots (\(report.complete) complete), \(report.objects) objects, \(HumanText.size(report.bytes)); \(depth)"
        )
        for (signer, sequence) in report.heads.sorted(by: { $0.key < $1.key }) { console.line("  head: sequence \(sequence) of \(signer)") }
        for damage in report.damaged { console.line("  damaged \(damage.object): \(damage.problem)") }
        for finding in report.chainFindings { console.line("  chain: \(finding)") }
        for rejected in report.rejected { console.line("  not trusted: \(rejected)") }
        if report.unreferenced > 0 {
            console.line(
                "  \(report.unreferenced) objects (\(HumanText.size(report.unreferencedBytes))) that no manifest names, left by runs that ended early"
            )
        }
    }
}

/// `opsd vault verify`.
struct VaultVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Decrypt and judge every blob by its digest, every archive by its checksums.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: VaultOptions

    @Option(help: ArgumentHelp("How much to decrypt, the oldest-verified first, such as 1/7.", valueName: "part/whole"))
    var share: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        guard share == nil || parsedShare != nil else { throw ValidationError("--share takes part/whole, such as 1/7") }
    }

    private var parsedShare: VerifyShare? {
        guard let share else { return .everything }
        let numbers = share.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let part = numbers[0], let whole = numbers[1], part >= 1, part <= whole else { return nil }
        return VerifyShare(part: part, whole: whole)
    }

    func run() async throws {
        let installation = try global.installation()
        let vault = try await installation.openVault(options.vault, identityFiles: options.identity.map { .init($0) })
        let report = try await installation.verify(vault, share: parsedShare ?? .everything, progress: ConsoleProgress())
        if json {
            try JSONOutput.print(report)
        } else {
            let console = Console.current
            console.line(
                "\(report.isSound ? "sound" : "NOT SOUND"): \(report.blobs) blobs (\(HumanText.size(report.bytes))) in \(report.packs) packs, \(report.objects) other objects of \(report.snapshots) snapshots"
            )
            for damage in report.damaged { console.line("  damaged: \(damage)") }
        }
        if !report.isSound { throw ExitStatus.partial }
    }
}

/// `opsd vault rebuild-catalog`.
struct VaultRebuildCatalogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild-catalog", abstract: "Make the local catalog anew from the signed index segments of the vault.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: VaultOptions

    func run() async throws {
        let segments = try await global.installation().rebuildCatalog(options.vault, identityFiles: options.identity.map { .init($0) })
        Console.current.line("catalog rebuilt from \(segments) index segments")
    }
}
