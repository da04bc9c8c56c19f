import LocalIO
import SystemPackage

/// Reads a file line by line. What follows the last line end is no line.
struct PlanLines {
    private static let newline = UInt8(ascii: "\n")
    private let reader: FileReader
    private var piece: [UInt8] = []
    private var place = 0
    private var rest: [UInt8] = []

    init(_ path: FilePath) throws(LocalIOError) { reader = try FileReader(path) }

    /// The next line without its end; nil after the last one.
    mutating func next() throws(LocalIOError) -> [UInt8]? {
        while true {
            if let end = piece[place...].firstIndex(of: Self.newline) {
                defer {
                    place = end + 1
                    rest.removeAll(keepingCapacity: true)
                }
                return rest.isEmpty ? Array(piece[place..<end]) : rest + piece[place..<end]
            }
            rest += piece[place...]
            try reader.read(into: &piece)
            place = 0
            if piece.isEmpty { return nil }
        }
    }
}
