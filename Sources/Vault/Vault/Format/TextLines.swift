/// Walks the lines of a text object, each split at single spaces, and keeps count for error messages.
///
/// A text object ends with a line end; a last line without one means that the object is torn.
package struct TextLines {
    private let bytes: [UInt8]
    private let what: String
    private var position = 0
    /// Number of the line last returned, from 1.
    package private(set) var number = 0

    /// Lines of `bytes`, called `what` in errors.
    package init(_ bytes: [UInt8], what: String) {
        self.bytes = bytes
        self.what = what
    }

    /// The next line's words; nil at the end.
    package mutating func next() throws(VaultError) -> [String]? {
        guard position < bytes.count else { return nil }
        number += 1
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { throw malformed("the last line is torn") }
        guard end - position <= 1 << 20 else { throw malformed("the line is longer than 1 MiB") }
        let words = bytes[position..<end].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        position = end + 1
        return words.map { String(decoding: $0, as: UTF8.self) }
    }

    /// An error that names the object and the line.
    package func malformed(_ problem: String) -> VaultError {
        VaultError(.malformed, "line \(max(number, 1)) of the \(what): \(problem)")
    }
}
