/// A checksum of a table's rows that does not depend on their order: the sum, modulo 2^128, of the XXH64 (seed 0) of each row's line of
/// COPY text without its newline. See the format page, "Checksum".
struct RowChecksum: Equatable, Sendable {
    private(set) var sum: UInt128 = 0
    private(set) var rows: Int64 = 0

    /// 32 lower-case hexadecimal digits.
    var text: String {
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// Adds every line of `lines`. A last line without a newline counts as a line.
    mutating func add(lines: [UInt8]) {
        lines.withUnsafeBytes { bytes in add(bytes) }
    }

    mutating func merge(_ other: RowChecksum) {
        sum &+= other.sum
        rows += other.rows
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        var start = 0
        while start < bytes.count {
            let end = Self.indexOfNewline(base, from: start, to: bytes.count)
            sum &+= UInt128(XXH64.hash(base + start, count: end - start))
            rows += 1
            start = end + 1
        }
    }

    /// Eight bytes at a time: a zero byte appears in `word ^ pattern` where the newline is.
    private static func indexOfNewline(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = start
        while index + 8 <= end {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ (ones &* 0x0A)
            let zeros = (word &- ones) & ~word & (ones &* 0x80)
            if zeros != 0 { return index + zeros.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < end, base.load(fromByteOffset: index, as: UInt8.self) != 0x0A { index += 1 }
        return index
    }
}
