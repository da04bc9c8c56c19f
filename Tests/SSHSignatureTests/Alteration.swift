/// Damage to bytes, the same for the same seed.
enum Alteration {
    /// One or two changes: a bit, a byte, a piece cut out or doubled, the end cut off.
    static func mutated(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var altered = bytes
        for _ in 0..<Int.random(in: 1...2, using: &random) where !altered.isEmpty {
            let place = Int.random(in: 0..<altered.count, using: &random)
            let end = min(altered.count, place + Int.random(in: 1...20, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: altered[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: altered[place] = UInt8.random(in: .min ... .max, using: &random)
            case 2: altered.removeSubrange(place..<end)
            case 3: altered.insert(contentsOf: altered[place..<end], at: place)
            case 4: altered.removeSubrange(place...)
            default: altered[place] = [65, 61, 10, 13, 0, 255][Int.random(in: 0..<6, using: &random)]
            }
        }
        return altered
    }
}
