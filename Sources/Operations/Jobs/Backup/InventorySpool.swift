import Foundation
import LocalIO
import Synchronization
import SystemPackage
import Vault

/// The inventory of a run while it is made, and this host's copy of it afterwards (`inventories/<id>.ndjson` in the vault's state folder).
///
/// It is spooled because the database transaction must not stay open until the end of the run, when the list of broken blobs is known.
final class InventorySpool: Sendable {
    /// Copies that stay, newest first; older ones are removed.
    static let copies = 3

    private final class Output {
        private var file: DurableFile?
        var pending: [UInt8] = []

        init(_ path: FilePath) throws { file = try DurableFile(path) }

        func flush() throws {
            try file?.write(pending)
            pending.removeAll(keepingCapacity: true)
        }

        func commit() throws {
            try flush()
            try file.take()?.commit()
        }
    }

    let path: FilePath
    private let output: Mutex<Output>

    /// Begins the inventory of `snapshot`.
    init(_ snapshot: SnapshotID, in vault: Vault) throws {
        let folder = vault.stateFolder.appending("inventories")
        try Folder.make(folder)
        path = folder.appending("\(snapshot).ndjson")
        output = Mutex(try Output(path))
        try append(line: Array("{\"kind\":\"inventory\",\"version\":1,\"snapshot\":\"\(snapshot)\"}".utf8))
    }

    /// Appends one line without its line end.
    func append(_ line: UnsafeRawBufferPointer) throws {
        try output.withLock { output in
            output.pending.append(contentsOf: line)
            output.pending.append(UInt8(ascii: "\n"))
            if output.pending.count >= 1 << 20 { try output.flush() }
        }
    }

    /// Appends one line without its line end.
    func append(line: [UInt8]) throws {
        try line.withUnsafeBytes { try append($0) }
    }

    /// Appends the broken blobs and the last line, and gives the copy its final name.
    func finish(broken: [BrokenLine], counts: InventoryEnd) throws {
        for line in broken { try append(line: try FormatJSON.encodeLine(line)) }
        try append(line: try FormatJSON.encodeLine(counts))
        try output.withLock { try $0.commit() }
    }

    /// Removes copies of older inventories; what cannot be removed stays and does no harm.
    static func prune(in vault: Vault) throws {
        let folder = vault.stateFolder.appending("inventories")
        let names = try Folder.names(folder).filter { $0.hasSuffix(".ndjson") && !$0.hasPrefix(".") }.sorted()
        for name in names.dropLast(copies) { try DurableFile.remove(folder.appending(name)) }
    }
}

/// A `broken` line of an inventory (vault format, section 7).
struct BrokenLine: Codable, Sendable {
    var kind = "broken"
    let digest: String
    let reason: String
    let images: [String]
    let acknowledgedUntil: Date?
}

/// The last line of an inventory (vault format, section 7).
struct InventoryEnd: Codable, Sendable {
    var kind = "end"
    let artifacts: Int
    let projects: Int
    let broken: Int
}
