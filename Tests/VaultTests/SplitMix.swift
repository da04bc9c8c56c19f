/// Random numbers that come again with the same seed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let words = (0..<(count + 7) / 8).map { _ in next() }
        return words.withUnsafeBytes { Array($0.prefix(count)) }
    }

    /// `bytes` with one to four random changes: bits, insertions, removals, a part repeated, a part moved, the end cut off.
    mutating func altered(_ bytes: [UInt8]) -> [UInt8] {
        var out = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !out.isEmpty {
            let at = Int.random(in: 0..<out.count, using: &self)
            let end = min(out.count, at + Int.random(in: 1...60, using: &self))
            switch Int.random(in: 0..<6, using: &self) {
            case 0: out[at] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 1: out.insert(contentsOf: "0 9 -1 f\n".utf8.shuffled(using: &self), at: at)
            case 2: out.removeSubrange(at..<end)
            case 3: out.insert(contentsOf: out[at..<end], at: end)
            case 4:
                let part = Array(out[at..<end])
                out.removeSubrange(at..<end)
                out.insert(contentsOf: part, at: Int.random(in: 0...out.count, using: &self))
            default: out.removeLast(out.count - at)
            }
        }
        return out
    }
}
