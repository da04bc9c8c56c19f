package import OCIImage

/// Where a blob's bytes are: which pack, and where in its tar.
package struct BlobLocation: Sendable, Equatable {
    /// Names the blob; its bytes hash to this.
    package let digest: Digest
    /// Offset of the first byte in the pack's plaintext.
    package let offset: Int64
    /// Bytes.
    package let size: Int64

    /// A blob of `size` bytes at `offset`.
    package init(digest: Digest, offset: Int64, size: Int64) {
        self.digest = digest
        self.offset = offset
        self.size = size
    }
}

/// A pack and everything in it, as one run stored it.
package struct PackContents: Sendable, Equatable {
    /// The random id in the pack's name.
    package let id: RandomID
    /// The encrypted pack in the target: name, size and hash.
    package let object: StoredObject
    /// What the pack holds, in the order of its tar.
    package let blobs: [BlobLocation]

    /// A durable pack.
    package init(id: RandomID, object: StoredObject, blobs: [BlobLocation]) {
        self.id = id
        self.object = object
        self.blobs = blobs
    }
}

/// `index/<run id>.age` (format, section 5), read and written a pack at a time, since a first run may list millions of blobs.
package enum IndexSegment {
    /// First line of a segment, with the version of its syntax.
    package static let header = Array("opsd-index 1\n".utf8)

    /// The lines of one pack.
    package static func lines(of pack: PackContents) -> [UInt8] {
        var out = Array("pack \(pack.id) \(pack.object.size) \(pack.object.sha256)\n".utf8)
        for blob in pack.blobs { out += Array("blob \(blob.digest) \(blob.offset) \(blob.size)\n".utf8) }
        return out
    }

    /// The last line, without which a segment is truncated.
    package static func trailer(packs: Int, blobs: Int) -> [UInt8] { Array("end \(packs) \(blobs)\n".utf8) }
}

/// Parses a segment that arrives in pieces and hands out whole packs.
package struct IndexSegmentParser {
    private var rest: [UInt8] = []
    private var line = 0
    private var pack: (id: RandomID, object: StoredObject)?
    private var blobs: [BlobLocation] = []
    private var packs = 0
    private var total = 0
    private var isEnded = false

    /// Expects the header first.
    package init() {}

    /// Takes the next piece and returns the packs that it completes; throws `malformed`.
    package mutating func parse(_ piece: [UInt8]) throws(VaultError) -> [PackContents] {
        rest += piece
        var done: [PackContents] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            line += 1
            if let pack = try take(rest[start..<end]) { done.append(pack) }
            start = end + 1
        }
        rest.removeFirst(start)
        guard rest.count <= 1 << 20 else { throw malformed("the line is longer than 1 MiB") }
        return done
    }

    /// Checks that the segment ended as it should.
    package func finish() throws(VaultError) {
        guard isEnded, rest.isEmpty else { throw malformed("the segment is truncated") }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) throws(VaultError) -> PackContents? {
        let words = bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        let text = { (index: Int) in String(decoding: words[index], as: UTF8.self) }
        guard !isEnded else { throw malformed("text after the last line") }
        if line == 1 {
            guard words.count == 2, text(0) == "opsd-index", text(1) == "1" else { throw malformed("expected 'opsd-index 1'") }
            return nil
        }
        switch (text(0), words.count) {
        case ("blob", 4):
            guard pack != nil, let digest = try? Digest(parsing: text(1)),  // a malformed digest is reported with its line below
                let offset = Int64(text(2)), let size = Int64(text(3)), offset >= 0, size >= 0
            else { throw malformed("expected 'blob <digest> <offset> <size>'") }
            // Plaintext is shorter than the object; readers add offset and size and rely on the order.
            guard let room = pack?.object.size, size <= room, offset <= room - size else {
                throw malformed("the blob lies outside of its pack")
            }
            guard blobs.last.map({ $0.offset + $0.size <= offset }) ?? true else { throw malformed("the blob overlaps the one before it") }
            blobs.append(BlobLocation(digest: digest, offset: offset, size: size))
            return nil
        case ("pack", 4):
            guard let id = RandomID(parsing: text(1)), let size = Int64(text(2)), size >= 0, HexEncoding.bytes(words[3], count: 32) != nil
            else {
                throw malformed("expected 'pack <id> <size> <sha256>'")
            }
            let before = close()
            pack = (id, StoredObject(name: .pack(id), size: size, sha256: text(3)))
            return before
        case ("end", 3):
            let last = close()
            guard Int(text(1)) == packs, Int(text(2)) == total else { throw malformed("the counts of the last line differ from the lines") }
            isEnded = true
            return last
        default:
            throw malformed("unknown line '\(String(decoding: bytes.prefix(40), as: UTF8.self))'")
        }
    }

    private mutating func close() -> PackContents? {
        guard let open = pack else { return nil }
        packs += 1
        total += blobs.count
        defer {
            pack = nil
            blobs = []
        }
        return PackContents(id: open.id, object: open.object, blobs: blobs)
    }

    private func malformed(_ problem: String) -> VaultError {
        VaultError(.malformed, "line \(max(line, 1)) of the index segment: \(problem)")
    }
}
