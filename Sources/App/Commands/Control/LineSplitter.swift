/// Cuts a stream of bytes at its newlines.
struct LineSplitter: Sendable {
    private let limit: Int
    /// Bytes behind the last newline.
    private(set) var rest: [UInt8] = []

    /// A splitter of lines that have at most `limit` bytes.
    init(limit: Int) { self.limit = limit }

    /// The lines that `chunk` completes, without their newlines; nil where one is longer than the limit.
    mutating func take(_ chunk: [UInt8]) -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        var open = chunk[...]
        while let end = open.firstIndex(of: UInt8(ascii: "\n")) {
            guard rest.count + end - open.startIndex <= limit else { return nil }
            lines.append(rest + open[..<end])
            rest.removeAll(keepingCapacity: true)
            open = open[(end + 1)...]
        }
        guard rest.count + open.count <= limit else { return nil }
        rest += open
        return lines
    }
}
