/// The name of immutable content: an algorithm and a hash, `sha256:` or `sha512:` and lowercase hexadecimal digits.
///
/// 40 bytes in place for SHA-256, so that sets of millions fit into memory; the rarer SHA-512 keeps its second half elsewhere.
/// Digests are ordered as their descriptions are, byte by byte: a list from PostgreSQL under `COLLATE "C"` has the same order.
package struct Digest: Sendable {
    /// The hash functions that a registry accepts.
    package enum Algorithm: String, CaseIterable, Sendable {
        case sha256, sha512

        /// Bytes in a hash.
        package var byteCount: Int {
            switch self {
            case .sha256: 32
            case .sha512: 64
            }
        }
    }

    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64
    private let tail: Tail?

    /// The second half of a SHA-512 hash.
    private final class Tail: Sendable {
        let first: UInt64
        let second: UInt64
        let third: UInt64
        let fourth: UInt64

        init(_ word: (Int) -> UInt64) {
            first = word(4)
            second = word(5)
            third = word(6)
            fourth = word(7)
        }
    }

    private init(_ algorithm: Algorithm, word: (Int) -> UInt64) {
        first = word(0)
        second = word(1)
        third = word(2)
        fourth = word(3)
        tail = algorithm == .sha512 ? Tail(word) : nil
    }

    /// Takes a hash as it leaves the hash function; throws `malformedDigest` where the length is not the algorithm's.
    package init(algorithm: Algorithm, bytes: [UInt8]) throws(OCIError) {
        guard bytes.count == algorithm.byteCount else {
            throw OCIError(
                .malformedDigest, "a \(algorithm.rawValue) hash has \(algorithm.byteCount) bytes, not \(bytes.count)",
                remedy: "check where the hash comes from")
        }
        self = bytes.withUnsafeBytes { Digest(algorithm, hash: $0) }
    }

    /// Takes a hash of exactly the algorithm's length.
    init(_ algorithm: Algorithm, hash: UnsafeRawBufferPointer) {
        precondition(hash.count == algorithm.byteCount, "a hash must have the length of its algorithm")
        self.init(algorithm) { UInt64(bigEndian: hash.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
    }

    /// Reads `sha256:` and 64 digits or `sha512:` and 128; throws `malformedDigest`, or `unsupportedDigest` for another algorithm.
    package init(parsing text: String) throws(OCIError) {
        var text = text
        if let digest = text.withUTF8({ Digest(parsing: UnsafeRawBufferPointer($0)) }) {
            self = digest
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, Self.isForeignAlgorithm(parts[0]) {
            throw OCIError(
                .unsupportedDigest, "digest \(OCIError.quoted(text)) has an algorithm other than sha256 and sha512",
                remedy: "push the image again with a client that uses sha256")
        }
        throw OCIError(
            .malformedDigest, "\(OCIError.quoted(text)) is no digest",
            remedy: "write sha256: and 64 lowercase hexadecimal digits, or sha512: and 128")
    }

    /// Reads a digest from the bytes of its text; nil where they are none. Allocates nothing for SHA-256.
    package init?(parsing text: some Collection<UInt8>) {
        let parsed = text.withContiguousStorageIfAvailable { Digest(parsing: UnsafeRawBufferPointer($0)) }
        guard let digest = parsed ?? Array(text).withUnsafeBytes({ Digest(parsing: $0) }) else { return nil }
        self = digest
    }

    /// Reads a digest from the bytes of its text; nil where they are none. Allocates nothing for SHA-256.
    package init?(parsing text: UnsafeRawBufferPointer) {
        // "sha256:" and "sha512:" have one length.
        let prefixLength = 7
        guard text.count > prefixLength else { return nil }
        guard let algorithm = Algorithm.allCases.first(where: { text.starts(with: $0.rawValue.utf8) }),
            text[prefixLength - 1] == UInt8(ascii: ":")
        else { return nil }
        guard text.count == prefixLength + 2 * algorithm.byteCount else { return nil }
        var isHexadecimal = true
        self.init(algorithm) { index in
            var word: UInt64 = 0
            for position in (prefixLength + index * 16)..<(prefixLength + index * 16 + 16) {
                guard let digit = Self.digit(text[position]) else {
                    isHexadecimal = false
                    return 0
                }
                word = word << 4 | UInt64(digit)
            }
            return word
        }
        guard isHexadecimal else { return nil }
    }

    /// Which hash function made it.
    package var algorithm: Algorithm { tail == nil ? .sha256 : .sha512 }

    /// The hash itself, 32 or 64 bytes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(algorithm.byteCount)
        forEachWord { word in
            for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return bytes
    }

    /// The hash in lowercase hexadecimal digits, without the algorithm.
    package var hex: String { text(after: "") }

    private func text(after prefix: StaticString) -> String {
        let count = prefix.utf8CodeUnitCount + 2 * algorithm.byteCount
        return String(unsafeUninitializedCapacity: count) { space in
            var position = 0
            while position < prefix.utf8CodeUnitCount {
                space[position] = prefix.utf8Start[position]
                position += 1
            }
            forEachWord { word in
                for shift in stride(from: UInt64(60), through: 0, by: -4) {
                    let digit = UInt8(truncatingIfNeeded: word >> shift) & 15
                    space[position] = digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a")
                    position += 1
                }
            }
            return count
        }
    }

    private func forEachWord(_ body: (UInt64) -> Void) {
        body(first)
        body(second)
        body(third)
        body(fourth)
        guard let tail else { return }
        body(tail.first)
        body(tail.second)
        body(tail.third)
        body(tail.fourth)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func isForeignAlgorithm(_ name: Substring) -> Bool {
        Algorithm(rawValue: String(name)) == nil && name.first?.isLetter == true && name.utf8.allSatisfy { isAlgorithmByte($0) }
    }

    private static func isAlgorithmByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension Digest: Hashable, Comparable {
    /// Whether both name the same content.
    package static func == (left: Digest, right: Digest) -> Bool {
        guard left.first == right.first, left.second == right.second, left.third == right.third, left.fourth == right.fourth else {
            return false
        }
        switch (left.tail, right.tail) {
        case (nil, nil): return true
        case (let left?, let right?):
            return (left.first, left.second, left.third, left.fourth) == (right.first, right.second, right.third, right.fourth)
        case (nil, _?), (_?, nil): return false
        }
    }

    /// Feeds the parts that tell contents apart.
    package func hash(into hasher: inout Hasher) {
        // Half of a SHA-256 hash tells contents apart; equality compares the rest.
        hasher.combine(first)
        hasher.combine(second)
    }

    /// Whether the description of `left` comes first, byte by byte.
    package static func < (left: Digest, right: Digest) -> Bool {
        switch (left.tail, right.tail) {
        case (nil, _?): return true
        case (_?, nil): return false
        case (nil, nil), (_?, _?): break
        }
        let (head, otherHead) = ((left.first, left.second, left.third, left.fourth), (right.first, right.second, right.third, right.fourth))
        if head != otherHead { return head < otherHead }
        guard let left = left.tail, let right = right.tail else { return false }
        return (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
    }
}

extension Digest: CustomStringConvertible, Codable {
    /// The digest as registries write it, such as `sha256:e3b0…`.
    package var description: String {
        switch algorithm {
        case .sha256: text(after: "sha256:")
        case .sha512: text(after: "sha512:")
        }
    }

    /// Reads the text form; a text that is no digest is an ``OCIError``.
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
