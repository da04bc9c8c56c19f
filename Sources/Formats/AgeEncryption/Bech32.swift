/// The text form of age keys: BIP 173 without its limit of 90 characters.
struct Bech32: Equatable {
    /// The part before the last `1`, in the case in which it was written.
    var prefix: String
    var data: [UInt8]

    init(prefix: String, data: [UInt8]) {
        self.prefix = prefix
        self.data = data
    }

    /// Longest text that is looked at; the longest known age key has 1,960 characters.
    private static let longestText = 4096
    private static let alphabet = [UInt8]("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    private static let checksumLength = 6

    /// The value of each ASCII character in the alphabet, 255 where it has none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 128)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// Nil where the text has mixed case, foreign characters, a wrong checksum or padding that is not zero.
    init?(parsing text: String) {
        let bytes = [UInt8](text.utf8)
        guard bytes.count <= Self.longestText, bytes.allSatisfy({ (33...126).contains($0) }) else { return nil }
        let hasUpper = bytes.contains { (65...90).contains($0) }
        let hasLower = bytes.contains { (97...122).contains($0) }
        guard !(hasUpper && hasLower), let separator = bytes.lastIndex(of: UInt8(ascii: "1")), separator > 0 else { return nil }

        let lowercase = bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }
        let groups = lowercase[(separator + 1)...].map { Self.values[Int($0)] }
        guard groups.count >= Self.checksumLength, !groups.contains(255) else { return nil }
        guard Self.checksum(Self.expanded(lowercase[..<separator]) + groups) == 1 else { return nil }

        var data: [UInt8] = []
        var accumulator: UInt32 = 0
        var bits = 0
        for group in groups.dropLast(Self.checksumLength) {
            accumulator = (accumulator << 5 | UInt32(group)) & 0xfff
            bits += 5
            if bits >= 8 {
                bits -= 8
                data.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
            }
        }
        // A whole group of padding, or padding with a bit set, would be a second spelling of the same key.
        guard bits < 5, accumulator & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        self.data = data
        prefix = String(decoding: bytes[..<separator], as: UTF8.self)
    }

    /// The text; in capitals if the prefix has one.
    var text: String {
        let isUppercase = prefix.utf8.contains { (65...90).contains($0) }
        let lowercasePrefix = prefix.lowercased()
        var groups: [UInt8] = []
        var accumulator: UInt32 = 0
        var bits = 0
        for byte in data {
            accumulator = (accumulator << 8 | UInt32(byte)) & 0xfff
            bits += 8
            while bits >= 5 {
                bits -= 5
                groups.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)) & 31)
            }
        }
        if bits > 0 { groups.append(UInt8(truncatingIfNeeded: accumulator << UInt32(5 - bits)) & 31) }
        let padded = Self.expanded([UInt8](lowercasePrefix.utf8)[...]) + groups + [UInt8](repeating: 0, count: Self.checksumLength)
        let checksum = Self.checksum(padded) ^ 1
        for index in 0..<UInt32(Self.checksumLength) { groups.append(UInt8(checksum >> (5 * (5 - index)) & 31)) }
        let text = lowercasePrefix + "1" + String(decoding: groups.map { Self.alphabet[Int($0)] }, as: UTF8.self)
        return isUppercase ? text.uppercased() : text
    }

    private static func expanded(_ prefix: ArraySlice<UInt8>) -> [UInt8] { prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 } }

    private static func checksum(_ groups: [UInt8]) -> UInt32 {
        let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
        var sum: UInt32 = 1
        for group in groups {
            let top = sum >> 25
            sum = (sum & 0x1ff_ffff) << 5 ^ UInt32(group)
            for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 == 1 { sum ^= generator }
        }
        return sum
    }
}
