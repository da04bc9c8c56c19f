import ArgumentParser
import Assembly
import HarborDatabase
import Jobs
import OCIImage
import Synchronization
import SystemPackage
import Vault

/// An artifact as `opsd ls`, `find` and `diff` print it.
struct ArtifactLine: Codable, Sendable, Hashable {
    let repository: String
    let digest: String
    let tags: [String]
    let type: String

    init(_ artifact: InventoryArtifact) {
        repository = "\(artifact.repository)"
        digest = "\(artifact.digest)"
        tags = artifact.tags.map(\.description)
        type = artifact.type
    }
}

/// Collects what passes by while an inventory is streamed.
private final class Collected<Element: Sendable>: Sendable {
    private let list = Mutex<[Element]>([])
    func append(_ element: Element) { list.withLock { $0.append(element) } }
    var all: [Element] { list.withLock { $0 } }
}

/// What the commands about a snapshot's content share: a vault, a snapshot, its artifacts.
struct ContentReading {
    let installation: Installation
    let vault: Vault
    let history: SnapshotHistory

    init(_ global: GlobalOptions, _ options: VaultOptions) async throws {
        installation = try global.installation()
        vault = try await installation.openVault(options.vault, identityFiles: options.identity.map { .init($0) })
        history = try await installation.history(of: vault)
    }

    /// Snapshots that have an inventory.
    var withInventory: [SnapshotHistory.Entry] { history.entries.filter { $0.manifest.scope != .files } }

    func entry(_ id: String) throws -> SnapshotHistory.Entry {
        try installation.choose(id, from: history, in: vault) { $0.scope != .files }
    }

    func artifacts(of entry: SnapshotHistory.Entry, where isWanted: @escaping @Sendable (InventoryArtifact) -> Bool) async throws
        -> [InventoryArtifact]
    {
        let found = Collected<InventoryArtifact>()
        try await installation.inventory(of: entry, in: vault) { item in
            if case .artifact(let artifact) = item, isWanted(artifact) { found.append(artifact) }
        }
        return found.all
    }
}

/// `opsd ls ID [REPOSITORY]`.
struct LsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List the images of a snapshot.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: VaultOptions

    @Argument(help: "The snapshot's id, the beginning of it, or latest.")
    var id: String

    @Argument(help: "Only this repository.")
    var repository: String?

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() async throws {
        let reading = try await ContentReading(global, options)
        let entry = try reading.entry(id)
        let wanted = repository
        let artifacts = try await reading.artifacts(of: entry) { wanted == nil || "\($0.repository)" == wanted }
        if artifacts.isEmpty, let repository {
            throw RequestError(
                .notFound, "snapshot \(entry.manifest.snapshot) has no repository '\(repository)'",
                remedy: "run 'opsd ls \(entry.manifest.snapshot)'")
        }
        if json { return try JSONOutput.print(artifacts.map(ArtifactLine.init)) }
        var table = Table("REPOSITORY", "DIGEST", "TYPE", "TAGS")
        for artifact in artifacts {
            table.add(
                "\(artifact.repository)", "\(artifact.digest)", artifact.type, artifact.tags.map(\.description).joined(separator: ","))
        }
        Console.current.write(table.text)
    }
}

/// `opsd find TAG|DIGEST`.
struct FindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find the snapshots that hold a tag, an image or a blob.",
        discussion: "On a host without an identity it looks at the snapshots whose inventory is kept there.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: VaultOptions

    @Argument(help: "A tag, repository:tag, or a digest (sha256:...).")
    var name: String

    @Flag(help: "Print the list as JSON.")
    var json = false

    private struct Hit: Encodable {
        let snapshot: String
        let artifact: ArtifactLine
    }

    func run() async throws {
        let reading = try await ContentReading(global, options)
        let matches = try matcher()
        var hits: [Hit] = []
        var unread = 0
        for entry in reading.withInventory.reversed() {
            do {
                let artifacts = try await reading.artifacts(of: entry, where: matches)
                hits += artifacts.map { Hit(snapshot: "\(entry.manifest.snapshot)", artifact: ArtifactLine($0)) }
            } catch let error as RequestError where error.code == .refused {
                unread += 1
            }
        }
        if json {
            try JSONOutput.print(hits)
        } else {
            var table = Table("SNAPSHOT", "REPOSITORY", "DIGEST", "TAGS")
            for hit in hits {
                table.add(hit.snapshot, hit.artifact.repository, hit.artifact.digest, hit.artifact.tags.joined(separator: ","))
            }
            if !hits.isEmpty { Console.current.write(table.text) }
        }
        if unread > 0 { Console.current.say("\(unread) older snapshots were not looked into: give --identity FILE") }
        if hits.isEmpty { throw RequestError(.notFound, "no snapshot that was looked into holds '\(name)'") }
    }

    private func matcher() throws -> @Sendable (InventoryArtifact) -> Bool {
        if name.contains(":"), name.hasPrefix("sha") {
            let digest: Digest
            do {
                digest = try Digest(parsing: name)
            } catch {
                throw RequestError(.usage, "'\(name)' is no digest: \(error)")
            }
            return { $0.digest == digest || $0.blobs.contains(digest) }
        }
        if let colon = name.lastIndex(of: ":") {
            let (repository, tag) = (String(name[..<colon]), String(name[name.index(after: colon)...]))
            return { "\($0.repository)" == repository && $0.tags.contains { "\($0)" == tag } }
        }
        let tag = name
        return { "\($0.repository)" == tag || $0.tags.contains { "\($0)" == tag } }
    }
}

/// `opsd diff ID ID`.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show which images and tags differ between two snapshots.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: VaultOptions

    @Argument(help: "The older snapshot.")
    var from: String

    @Argument(help: "The newer snapshot.")
    var to: String

    @Flag(help: "Print the difference as JSON.")
    var json = false

    private struct Difference: Encodable {
        let from: String
        let to: String
        let added: [ArtifactLine]
        let removed: [ArtifactLine]
        let retagged: [ArtifactLine]
    }

    func run() async throws {
        let reading = try await ContentReading(global, options)
        let (older, newer) = (try reading.entry(from), try reading.entry(to))
        let before = Self.index(try await reading.artifacts(of: older) { _ in true })
        let after = Self.index(try await reading.artifacts(of: newer) { _ in true })
        let difference = Difference(
            from: "\(older.manifest.snapshot)", to: "\(newer.manifest.snapshot)",
            added: after.filter { before[$0.key] == nil }.map(\.value).sorted(by: Self.order),
            removed: before.filter { after[$0.key] == nil }.map(\.value).sorted(by: Self.order),
            retagged: after.filter { key, line in before[key].map { Set($0.tags) != Set(line.tags) } ?? false }.map(\.value).sorted(
                by: Self.order))
        if json { return try JSONOutput.print(difference) }
        for (sign, lines) in [("-", difference.removed), ("+", difference.added), ("~", difference.retagged)] {
            for line in lines { Console.current.line("\(sign) \(line.repository)@\(line.digest) \(line.tags.joined(separator: ","))") }
        }
    }

    private static func index(_ artifacts: [InventoryArtifact]) -> [String: ArtifactLine] {
        Dictionary(artifacts.map { ("\($0.repository)@\($0.digest)", ArtifactLine($0)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func order(_ left: ArtifactLine, _ right: ArtifactLine) -> Bool {
        (left.repository, left.digest) < (right.repository, right.digest)
    }
}
