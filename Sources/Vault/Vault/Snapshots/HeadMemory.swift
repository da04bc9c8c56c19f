import Foundation
import LocalIO
import Synchronization
package import SystemPackage

/// What this host saw of a vault at its best: the vault's id, and of each signer the highest head.
///
/// The removal of the newest snapshots cannot be seen in the target alone; whoever saw them remembers.
package final class HeadMemory: Sendable {
    /// The end of a signer's chain.
    package struct Head: Codable, Sendable, Equatable {
        /// Highest sequence that was seen; the first is 1.
        package let sequence: Int
        /// The snapshot with that sequence.
        package let snapshot: SnapshotID
        /// SHA-256 of the manifest's bytes.
        package let sha256: String

        /// Names a manifest of a chain.
        package init(sequence: Int, snapshot: SnapshotID, sha256: String) {
            self.sequence = sequence
            self.snapshot = snapshot
            self.sha256 = sha256
        }
    }

    private struct Content: Codable {
        var version = 1
        var vault: RandomID?
        var heads: [String: Head] = [:]

        /// Takes over what is higher; false where nothing is.
        mutating func raise(_ seen: [String: Head]) -> Bool {
            let higher = seen.filter { (heads[$0.key]?.sequence ?? 0) < $0.value.sequence }
            heads.merge(higher) { $1 }
            return !higher.isEmpty
        }
    }

    private let path: FilePath
    private let content: Mutex<Content>

    /// Reads the memory at `path`; a missing file is an empty memory.
    package init(_ path: FilePath) throws {
        self.path = path
        try Folder.make(path.removingLastComponent())
        content = Mutex(try Self.stored(at: path))
    }

    private static func stored(at path: FilePath) throws -> Content {
        do {
            return try FormatJSON.decode(Content.self, from: try FileReader.contents(of: path, limit: 1 << 20), what: "\(path)")
        } catch let error as LocalIOError where error.code == .notFound {
            return Content()
        }
    }

    /// The vault that was here last time.
    package var vault: RandomID? { content.withLock { $0.vault } }

    /// The highest head seen of each signer, by the signer's key text.
    package var heads: [String: Head] { content.withLock { $0.heads } }

    func setVault(_ id: RandomID) throws {
        try update { content in
            guard content.vault != id else { return false }
            content.vault = id
            return true
        }
    }

    /// Remembers heads that are higher than those seen before; the file is durable when this returns.
    package func raise(_ heads: [String: Head]) throws {
        try update { $0.raise(heads) }
    }

    private func update(_ change: (inout Content) -> Bool) throws {
        try content.withLock { content in
            var next = content
            guard change(&next) else { return }
            // Another process of this host may have seen more since this one read the file: it must not be forgotten.
            let lock = try ProcessLock(path.removingLastComponent().appending("heads.lock"), holder: "heads", waiting: true)
            defer { withExtendedLifetime(lock) {} }
            let stored = try Self.stored(at: path)
            _ = next.raise(stored.heads)
            next.vault = next.vault ?? stored.vault
            try DurableFile.write(FormatJSON.encode(next), to: path, replacing: true)
            content = next
        }
    }
}
