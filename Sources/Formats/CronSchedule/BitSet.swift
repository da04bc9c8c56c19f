/// Small numbers, from 0 to 63, as the bits of a word.
typealias BitSet = UInt64

extension BitSet {
    /// All numbers of `range`, or each `step`-th from its first on.
    init(_ range: ClosedRange<Int>, step: Int = 1) {
        self = 0
        for number in stride(from: range.lowerBound, through: range.upperBound, by: step) { insert(number) }
    }

    mutating func insert(_ number: Int) { self |= 1 << number }

    func has(_ number: Int) -> Bool { self >> number & 1 == 1 }

    /// The smallest member that is at least `number`.
    func first(from number: Int) -> Int? {
        guard number < 64 else { return nil }
        let rest = (self >> number) << number
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    /// The greatest member that is at most `number`.
    func last(through number: Int) -> Int? {
        guard number >= 0 else { return nil }
        let rest = (self << (63 - number)) >> (63 - number)
        return rest == 0 ? nil : 63 - rest.leadingZeroBitCount
    }

    /// All members, in order.
    var members: [Int] {
        var members: [Int] = []
        var next = first(from: 0)
        while let number = next {
            members.append(number)
            next = first(from: number + 1)
        }
        return members
    }
}
