package import Foundation
import LocalIO
package import Retention
package import SystemPackage

/// The holds that people placed on images, for investigations and the like.
///
/// Kept as `holds.json` in the state directory. Until its end a hold keeps what it covers, whatever the rules say.
package struct ImageHolds: Sendable {
    /// One hold, and how it came about.
    package struct Entry: Codable, Sendable, Equatable {
        /// What is held, for whom, why and until when.
        package let hold: ImageHold
        /// When it was placed, by the wall clock.
        package let created: Date
        /// The account that placed it.
        package let by: String

        /// States an entry.
        package init(hold: ImageHold, created: Date, by: String) {
            self.hold = hold
            self.created = created
            self.by = by
        }
    }

    private struct Content: Codable {
        var version = 1
        var entries: [Entry]
    }

    private let path: FilePath
    /// Every entry, also those that have ended, in the order in which they were placed.
    package private(set) var entries: [Entry]

    /// Reads the file below `stateDirectory`; a missing one means none. A damaged one is ``UpkeepError`` of code `corrupt`, since ignoring
    /// it would let go what somebody holds.
    package init(stateDirectory: FilePath) throws {
        path = stateDirectory.appending("holds.json")
        entries = try Self.read(path)
    }

    private static func read(_ path: FilePath) throws -> [Entry] {
        let bytes: [UInt8]
        do throws(LocalIOError) {
            bytes = try FileReader.contents(of: path)
        } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let content: Content
        do {
            content = try decoder.decode(Content.self, from: Data(bytes))
        } catch {
            throw UpkeepError(
                .corrupt, "\(path) is not a list of holds", remedy: "mend it; whoever removes it places all holds again", cause: error)
        }
        guard content.version == 1 else {
            throw UpkeepError(
                .corrupt, "\(path) is of version \(content.version), which this opsd does not know", remedy: "use the opsd that wrote it")
        }
        return content.entries
    }

    /// The holds that hold at `date`.
    package func active(at date: Date) -> [ImageHold] { entries.map(\.hold).filter { $0.isActive(at: date) } }

    /// Places a hold, which replaces an earlier one of the same owner on the same target; durable when it returns.
    ///
    /// What other processes placed or released meanwhile stays so, and is in ``entries`` afterwards.
    package mutating func add(_ entry: Entry) throws {
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        entries = try Self.read(path)
        var next = entries.filter { $0.hold.target != entry.hold.target || $0.hold.owner != entry.hold.owner }
        next.append(entry)
        try save(next)
    }

    /// Takes away the holds on exactly this target, those of `owner` alone where one is given, and returns them; durable when it returns.
    ///
    /// What other processes placed or released meanwhile stays so, and is in ``entries`` afterwards.
    package mutating func release(_ target: ImageHold.Target, owner: String? = nil) throws -> [Entry] {
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        entries = try Self.read(path)
        let released = entries.filter { $0.hold.target == target && (owner == nil || $0.hold.owner == owner) }
        guard !released.isEmpty else { return [] }
        try save(entries.filter { !released.contains($0) })
        return released
    }

    /// One process at a time reads and writes; the lock ends when it is let go of.
    private func lock() throws -> ProcessLock {
        let folder = path.removingLastComponent()
        try Folder.make(folder)
        return try ProcessLock(folder.appending("holds.lock"), holder: "holds", waiting: true)
    }

    private mutating func save(_ next: [Entry]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        try DurableFile.write(Array(try encoder.encode(Content(entries: next))), to: path, replacing: true)
        entries = next
    }
}
