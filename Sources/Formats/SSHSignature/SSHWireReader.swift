/// Takes values of SSH's binary encoding (RFC 4251, section 5) off the front of some bytes. Nil means that they end too early.
struct SSHWireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func number() -> UInt32? { bytes(4)?.reduce(0) { $0 << 8 | UInt32($1) } }

    mutating func string() -> [UInt8]? {
        guard let count = number() else { return nil }
        return bytes(Int(count))
    }

    /// A string that is visible ASCII and not empty, as names of algorithms are.
    mutating func name() -> String? {
        guard let bytes = string(), (1...64).contains(bytes.count), bytes.allSatisfy({ (33...126).contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A number that is not negative, in its only spelling, as exactly `count` bytes.
    mutating func unsigned(count: Int) -> [UInt8]? {
        guard var bytes = string(), let first = bytes.first, first < 0x80 else { return nil }
        if first == 0 {
            guard bytes.count > 1, bytes[1] >= 0x80 else { return nil }
            bytes.removeFirst()
        }
        guard bytes.count <= count else { return nil }
        return [UInt8](repeating: 0, count: count - bytes.count) + bytes
    }
}
