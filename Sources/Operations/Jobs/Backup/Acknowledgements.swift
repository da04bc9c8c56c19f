package import Foundation
import LocalIO
package import OCIImage
package import SystemPackage

/// Blobs broken at source that somebody accepted by digest, with a reason and an end.
///
/// Kept as `acknowledgements.json` in the state directory. Until its end an acknowledged blob no longer makes a run partial.
package struct Acknowledgements: Sendable {
    /// One accepted loss.
    package struct Entry: Codable, Sendable, Equatable {
        /// The blob whose loss is accepted.
        package let digest: Digest
        /// Why it is accepted, in the words of whoever did so.
        package let reason: String
        /// From this time on the loss counts again.
        package let until: Date
        /// When it was accepted, by the wall clock.
        package let created: Date
        /// The account that said so.
        package let by: String

        /// Accepts the loss of `digest` until a date.
        package init(digest: Digest, reason: String, until: Date, created: Date, by: String) {
            self.digest = digest
            self.reason = reason
            self.until = until
            self.created = created
            self.by = by
        }
    }

    private struct Content: Codable {
        var version = 1
        var entries: [Entry]
    }

    private let path: FilePath
    /// Every entry, also those that have ended.
    package private(set) var entries: [Entry]

    /// Reads the file below `stateDirectory`; a missing one means none. A damaged one is an error, since ignoring it would change outcomes.
    package init(stateDirectory: FilePath) throws {
        path = stateDirectory.appending("acknowledgements.json")
        do {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            entries = try decoder.decode(Content.self, from: Data(try FileReader.contents(of: path))).entries
        } catch let error as LocalIOError where error.code == .notFound {
            entries = []
        } catch let error as DecodingError {
            throw Self.damaged(path, error)
        } catch let error as OCIError {
            throw Self.damaged(path, error)
        }
    }

    private static func damaged(_ path: FilePath, _ cause: any Error) -> JobError {
        JobError(.corrupt, "\(path) is not a list of acknowledgements", remedy: "mend or remove it, then acknowledge again", cause: cause)
    }

    /// The entry that covers `digest` at `date`.
    package func entry(for digest: Digest, at date: Date) -> Entry? {
        entries.last { $0.digest == digest && $0.until > date }
    }

    /// Adds an entry, replacing an earlier one of the same digest; durable when it returns.
    package mutating func add(_ entry: Entry) throws {
        var next = entries.filter { $0.digest != entry.digest }
        next.append(entry)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        try Folder.make(path.removingLastComponent())
        try DurableFile.write(Array(try encoder.encode(Content(entries: next))), to: path, replacing: true)
        entries = next
    }
}
