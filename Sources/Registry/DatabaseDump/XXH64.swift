/// XXH64 with seed 0, as the xxHash specification (doc/xxhash_spec.md, "XXH64 algorithm description") defines it.
enum XXH64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    static func hash(_ start: UnsafeRawPointer, count: Int) -> UInt64 {
        var input = start
        var rest = count
        var hash = count >= 32 ? stripes(&input, &rest) : prime5
        hash &+= UInt64(count)
        while rest >= 8 {
            hash ^= round(0, word64(input))
            hash = rotate(hash, 27) &* prime1 &+ prime4
            input += 8
            rest -= 8
        }
        if rest >= 4 {
            hash ^= UInt64(UInt32(littleEndian: input.loadUnaligned(as: UInt32.self))) &* prime1
            hash = rotate(hash, 23) &* prime2 &+ prime3
            input += 4
            rest -= 4
        }
        while rest > 0 {
            hash ^= UInt64(input.load(as: UInt8.self)) &* prime5
            hash = rotate(hash, 11) &* prime1
            input += 1
            rest -= 1
        }
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    /// Four lanes over the whole 32-byte stripes.
    private static func stripes(_ input: inout UnsafeRawPointer, _ rest: inout Int) -> UInt64 {
        var lane1 = prime1 &+ prime2
        var lane2 = prime2
        var lane3: UInt64 = 0
        var lane4 = 0 &- prime1
        while rest >= 32 {
            lane1 = round(lane1, word64(input))
            lane2 = round(lane2, word64(input + 8))
            lane3 = round(lane3, word64(input + 16))
            lane4 = round(lane4, word64(input + 24))
            input += 32
            rest -= 32
        }
        var hash = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
        hash = merge(hash, lane1)
        hash = merge(hash, lane2)
        hash = merge(hash, lane3)
        return merge(hash, lane4)
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { rotate(lane &+ word &* prime2, 31) &* prime1 }

    @inline(__always)
    private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 { (hash ^ round(0, lane)) &* prime1 &+ prime4 }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }

    @inline(__always)
    private static func word64(_ input: UnsafeRawPointer) -> UInt64 { UInt64(littleEndian: input.loadUnaligned(as: UInt64.self)) }
}
