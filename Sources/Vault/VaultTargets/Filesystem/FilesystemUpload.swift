import LocalIO
import SystemPackage
import Vault

/// An object on its way into a folder.
final class FilesystemUpload: ObjectUpload {
    private let location: String
    private let name: ObjectName
    private var file: DurableFile?

    init(_ path: FilePath, name: ObjectName, location: String) throws(VaultError) {
        self.location = location
        self.name = name
        do {
            file = try DurableFile(path)
        } catch {
            throw VaultError(error, at: location)
        }
    }

    func write(_ bytes: [UInt8]) async throws {
        do throws(LocalIOError) {
            try file?.write(bytes)
        } catch {
            throw VaultError(error, at: location)
        }
    }

    func finish() async throws {
        guard let file = file.take() else { throw VaultError(.unavailable, "\(name) was finished or abandoned before") }
        do throws(LocalIOError) {
            try file.commit()
        } catch {
            throw VaultError(error, at: location)
        }
    }

    func abandon() async {
        // A dropped file removes its temporary name.
        _ = file.take()
    }
}

/// An object on its way out of a folder.
final class FilesystemDownload: ObjectDownload {
    private static let pieceSize = 1 << 20

    private let location: String
    private let file: FileReader
    private var position: Int64
    private let end: Int64?

    init(_ path: FilePath, range: Range<Int64>?, location: String) throws(VaultError) {
        self.location = location
        position = range?.lowerBound ?? 0
        end = range?.upperBound
        let status: FileStatus
        do {
            status = try FileStatus(path, followingLinks: false)
        } catch {
            throw VaultError(error, at: location)
        }
        // A named pipe in an object's place would never answer, a link may lead anywhere.
        guard status.isRegularFile else { throw VaultError(.corrupt, "\(path) is not a regular file, so it is no object") }
        do {
            file = try FileReader(path, followingLinks: false)
        } catch {
            throw VaultError(error, at: location)
        }
    }

    func next() async throws -> [UInt8]? {
        let limit = end.map { Int(min(Int64(Self.pieceSize), $0 - position)) } ?? Self.pieceSize
        guard limit > 0 else { return nil }
        var piece: [UInt8] = []
        do throws(LocalIOError) {
            try file.read(into: &piece, at: position, limit: limit)
        } catch {
            // A sector that cannot be read is this object's damage, not an absence of the whole disk.
            if error.errno == .ioError { throw VaultError(.corrupt, "\(error)", remedy: "check the disk under \(location)") }
            throw VaultError(error, at: location)
        }
        position += Int64(piece.count)
        return piece.isEmpty ? nil : piece
    }
}
