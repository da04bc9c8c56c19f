package import OCIImage

/// Judges every blob of a pack in one pass over its plaintext.
///
/// Beside the digests it checks that the bytes before each blob are its tar header, so that a pack which `tar` cannot unpack is found too.
package struct PackScan {
    /// A blob that is not what the index says.
    package struct Damage: Sendable, Equatable {
        /// The blob, as the index names it.
        package let digest: Digest
        /// What is wrong with it, in words that follow its name.
        package let problem: String
    }

    private let blobs: [BlobLocation]
    private var index = 0
    private var position: Int64 = 0
    private var hasher: DigestHasher?
    private var header: [UInt8] = []
    /// Blobs that did not agree so far, in the order of the pack.
    package private(set) var damaged: [Damage] = []
    /// Blobs that agreed with their digest.
    package private(set) var sound = 0

    /// Expects `blobs`, sorted by offset.
    package init(_ blobs: [BlobLocation]) {
        self.blobs = blobs
    }

    /// Takes the next plaintext.
    package mutating func take(_ piece: [UInt8]) {
        var rest = piece[...]
        while index < blobs.count {
            let blob = blobs[index]
            if position < blob.offset {
                let gap = rest.prefix(Int(min(blob.offset - position, Int64(rest.count))))
                header = Array((header + gap).suffix(512))
                advance(&rest, gap.count)
                if position < blob.offset { return }
            }
            if hasher == nil {
                guard position == blob.offset else {
                    damaged.append(Damage(digest: blob.digest, problem: "the index puts it inside the blob before it"))
                    index += 1
                    continue
                }
                hasher = DigestHasher(blob.digest.algorithm)
                checkHeader(of: blob)
            }
            let data = rest.prefix(Int(min(blob.offset + blob.size - position, Int64(rest.count))))
            data.withUnsafeBytes { hasher?.update($0) }
            advance(&rest, data.count)
            if position < blob.offset + blob.size { return }
            close(blob)
        }
        position += Int64(rest.count)
    }

    /// Ends the pack: blobs that did not come are damaged.
    package mutating func finish() {
        take([])
        while index < blobs.count {
            damaged.append(Damage(digest: blobs[index].digest, problem: "the pack ends before it"))
            index += 1
        }
    }

    private mutating func advance(_ rest: inout ArraySlice<UInt8>, _ count: Int) {
        rest = rest.dropFirst(count)
        position += Int64(count)
    }

    private mutating func close(_ blob: BlobLocation) {
        if hasher?.finish() == blob.digest {
            sound += 1
        } else {
            damaged.append(Damage(digest: blob.digest, problem: "its bytes have another hash"))
        }
        hasher = nil
        header = []
        index += 1
    }

    /// The name field of a ustar header is its first 100 bytes; a longer name stands in a pax header and is left to `tar`.
    private mutating func checkHeader(of blob: BlobLocation) {
        let name = Array(PackWriter.memberName(of: blob.digest).utf8)
        guard name.count <= 100 else { return }
        guard header.count == 512, header.starts(with: name), header[name.count] == 0 || name.count == 100 else {
            damaged.append(Damage(digest: blob.digest, problem: "its tar header does not carry its name"))
            return
        }
    }
}

extension Vault {
    /// Decrypts a whole pack, compares its hash with the signed list and each blob with its digest.
    ///
    /// Returns the damage; throws `locked` where nothing here opens it, and what the target throws.
    package func verify(_ pack: PackContents, progress: @Sendable (Int64) -> Void = { _ in }) async throws -> [PackScan.Damage] {
        var scan = PackScan(pack.blobs)
        do {
            let download = try await SealedDownload(pack.object, from: target, with: keys.identities)
            while let piece = try await download.next() {
                scan.take(piece)
                progress(Int64(piece.count))
            }
            scan.finish()
            return scan.damaged
        } catch let error as VaultError where error.code == .corrupt || error.code == .notFound {
            scan.finish()
            let problem = error.problem
            return scan.damaged.isEmpty ? pack.blobs.map { PackScan.Damage(digest: $0.digest, problem: problem) } : scan.damaged
        }
    }
}
