import Foundation
import LabServers
import SystemPackage
import Testing
import Vault
import VaultLab
import VaultTargets

/// A storage that the conformance suite judges. A new target is a new case, and passes all of it.
enum StorageUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case filesystem = "FilesystemTarget"
    case faultless = "FaultyTarget with no fault armed"
    case disorderly = "FaultyTarget that lists in reverse"

    var testDescription: String { rawValue }

    /// An empty vault's folders on this storage. What it stores lies below `folder`, so that a test can look behind its back.
    func make(in folder: TemporaryFolder) async throws -> any BlobTarget {
        let files = FilesystemTarget(root: FilePath(folder.file("vault")))
        let target: any BlobTarget
        switch self {
        case .filesystem: target = files
        case .faultless: target = FaultyTarget(files)
        case .disorderly:
            let faulty = FaultyTarget(files)
            faulty.reverseListings()
            target = faulty
        }
        // Made without the syncs of a real init, which finds them: many tests do not wait for the disk.
        for name in ObjectFolder.all {
            try FileManager.default.createDirectory(atPath: folder.file("vault/\(name.path)"), withIntermediateDirectories: true)
        }
        try await target.makeFolders()
        return target
    }
}

extension BlobTarget {
    /// The bytes of an object, or of a range of it, however they are cut into pieces.
    func bytes(of name: ObjectName, range: Range<Int64>? = nil) async throws -> [UInt8] {
        let download = try await download(name, range: range)
        var all: [UInt8] = []
        while let piece = try await download.next() {
            guard !piece.isEmpty, piece.count <= 8 << 20 else { throw VaultError(.unavailable, "a piece has \(piece.count) bytes") }
            all += piece
        }
        guard try await download.next() == nil else { throw VaultError(.unavailable, "there are bytes after the end") }
        return all
    }

    /// The code with which reading `name` fails, nil where it succeeds.
    func failure(reading name: ObjectName, range: Range<Int64>? = nil) async throws -> VaultError.Code? {
        do {
            _ = try await bytes(of: name, range: range)
            return nil
        } catch let error as VaultError {
            return error.code
        }
    }

    /// The code with which storing a small object fails, nil where it succeeds.
    func failure(putting bytes: [UInt8] = [1, 2, 3], as name: ObjectName) async throws -> VaultError.Code? {
        do {
            try await put(bytes, as: name)
            return nil
        } catch let error as VaultError {
            return error.code
        }
    }

    /// Stores an object in the given pieces.
    func store(_ pieces: [[UInt8]], as name: ObjectName) async throws {
        let upload = try await upload(name)
        for piece in pieces { try await upload.write(piece) }
        try await upload.finish()
    }
}

/// Bytes that differ at every place and from other seeds.
func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761 &+ seed) >> 7 ^ $0) }
}
