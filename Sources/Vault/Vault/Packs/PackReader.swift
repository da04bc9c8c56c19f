package import AgeEncryption
import OCIImage

/// Reads blobs out of one pack by range, so that one image costs little more than that image.
///
/// A range read cannot check the object's own hash: every blob is judged by its digest, by whoever receives its bytes.
package struct PackReader: Sendable {
    /// Plaintext fetched at a time; a multiple of age's 64 KiB chunks.
    private static let windowSize: Int64 = 4 << 20
    /// Where a window cannot be had it is tried again in pieces of this size, so that damage costs the blobs that it touches and no others.
    private static let chunkSize: Int64 = 64 << 10
    /// Blobs with no more than this between them are fetched together.
    private static let gapLimit: Int64 = 256 << 10

    private let target: any BlobTarget
    private let object: StoredObject
    private let age: AgeRangeDecryptor

    /// What happens to one blob of a pack, in order.
    package enum Event: Sendable {
        case bytes(ArraySlice<UInt8>)
        case end
        /// Its bytes cannot be had; other blobs of the pack may still come.
        case failed(VaultError)
    }

    /// Opens the pack's header. `object.size` comes from a signed list. Throws `notFound`, `locked` or `corrupt`.
    package init(_ object: StoredObject, on target: any BlobTarget, with identities: [AgeIdentity]) async throws {
        self.target = target
        self.object = object
        let prefix = try await Self.fetch(0..<min(object.size, Int64(AgeRangeDecryptor.headerLimit)), of: object.name, on: target)
        do {
            age = try AgeRangeDecryptor(prefix: prefix, objectSize: object.size, identities: identities)
        } catch let error where error.code == .noMatch {
            throw VaultError(
                .locked, "no identity at hand opens \(object.name)",
                remedy: "give the identity of one of the recipients of this vault with --identity FILE")
        } catch {
            throw VaultError(.corrupt, "\(object.name) is not a whole age file", cause: error)
        }
    }

    /// Delivers the bytes of `blobs`, which are sorted by offset and do not overlap. A blob ends with `end` or `failed`.
    package func read(_ blobs: [BlobLocation], deliver: (BlobLocation, Event) async throws -> Void) async throws {
        var first = 0
        while first < blobs.count {
            var last = first
            while last + 1 < blobs.count, blobs[last + 1].offset - (blobs[last].offset + blobs[last].size) <= Self.gapLimit { last += 1 }
            try await readSpan(blobs[first...last], deliver)
            first = last + 1
        }
    }

    private func readSpan(_ blobs: ArraySlice<BlobLocation>, _ deliver: (BlobLocation, Event) async throws -> Void) async throws {
        guard let low = blobs.first?.offset, let high = blobs.map({ $0.offset + $0.size }).max() else { return }
        var position = low
        var damagedUntil = low
        var pending = blobs
        var isBroken = false
        repeat {
            let step = position < damagedUntil ? Self.chunkSize : Self.windowSize
            let end = min((position / step + 1) * step, high)
            let plaintext = try await window(position..<end)
            if case .failure = plaintext, end - position > Self.chunkSize {
                damagedUntil = end
                continue
            }
            while let blob = pending.first, blob.offset < end || blob.size == 0 {
                let from = max(blob.offset, position)
                let to = min(blob.offset + blob.size, end)
                if from < to, !isBroken {
                    switch plaintext {
                    case .failure(let error):
                        try await deliver(blob, .failed(error))
                        isBroken = true
                    case .success(let bytes):
                        try await deliver(blob, .bytes(bytes[Int(from - position)..<Int(to - position)]))
                    }
                }
                guard blob.offset + blob.size <= end || blob.size == 0 else { break }
                if !isBroken { try await deliver(blob, .end) }
                isBroken = false
                pending.removeFirst()
            }
            position = end
        } while position < high
    }

    /// Plaintext of `range`, or why it cannot be had; a target that is out of reach is thrown, since that says nothing about the pack.
    private func window(_ range: Range<Int64>) async throws -> Result<[UInt8], VaultError> {
        guard !range.isEmpty else { return .success([]) }
        do {
            guard range.upperBound <= age.plaintextSize else {
                throw VaultError(.corrupt, "\(object.name) ends before byte \(range.upperBound) of its content")
            }
            let ciphertext = try await Self.fetch(age.ciphertextRange(for: range), of: object.name, on: target)
            return .success(try age.decrypt(ciphertext, for: range))
        } catch let error as AgeError {
            return .failure(
                VaultError(.corrupt, "bytes \(range.lowerBound) to \(range.upperBound) of \(object.name) are damaged", cause: error))
        } catch let error as VaultError where error.code == .corrupt {
            return .failure(error)
        }
    }

    private static func fetch(_ range: Range<Int64>, of name: ObjectName, on target: any BlobTarget) async throws -> [UInt8] {
        let download = try await target.download(name, range: range)
        var all: [UInt8] = []
        all.reserveCapacity(Int(range.upperBound - range.lowerBound))
        while all.count <= range.count, let piece = try await download.next() { all += piece }
        guard all.count == range.count else {
            throw VaultError(.corrupt, "\(name) gave \(all.count) bytes where \(range.count) were asked for: its signed list says more")
        }
        return all
    }
}
