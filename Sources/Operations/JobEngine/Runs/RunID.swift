package import Foundation

/// Names one run of a job: `YYYYMMDDThhmmssZ-xxxxxxxx`, its start and 32 random bits. Ids sort by time.
package struct RunID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The id as text, also the stem of the names of what the run writes.
    package let description: String

    /// A new id for a run that starts at `date`.
    package init(startingAt date: Date) {
        let second = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
        let stamp = second.formatted(.iso8601).filter { !"-:".contains($0) }
        let random = String(UInt32.random(in: .min ... .max), radix: 16)
        description = "\(stamp)-\(String(repeating: "0", count: 8 - random.count))\(random)"
    }

    /// Reads an id as ``description`` wrote it; nil for any other text.
    package init?(parsing text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 25, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"), bytes[16] == UInt8(ascii: "-"),
            bytes.enumerated().allSatisfy({ index, byte in
                switch index {
                case 8, 15, 16: true
                case 0..<16: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                default: UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
                }
            })
        else { return nil }
        description = text
    }

    /// Reads the id from one string; its shape is not checked.
    package init(from decoder: any Decoder) throws {
        description = try decoder.singleValueContainer().decode(String.self)
    }

    /// Writes the id as one string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
