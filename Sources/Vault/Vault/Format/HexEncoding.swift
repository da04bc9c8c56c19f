/// Lower-case hex, as hashes and ids are written everywhere in a vault.
package enum HexEncoding {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two digits a byte.
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var out: [UInt8] = []
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The bytes of exactly `count` pairs of lower-case digits; nil for anything else.
    package static func bytes(_ text: some Collection<UInt8>, count: Int) -> [UInt8]? {
        guard text.count == 2 * count else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(count)
        var high: UInt8?
        for character in text {
            let value: UInt8
            switch character {
            case 48...57: value = character - 48
            case 97...102: value = character - 87
            default: return nil
            }
            if let first = high {
                out.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return out
    }
}
