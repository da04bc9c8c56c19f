import Foundation

/// The text form of an age file: strict PEM, in memory, for files as small as keys are.
package enum AgeArmor {
    private static let begin = [UInt8]("-----BEGIN AGE ENCRYPTED FILE-----".utf8)
    private static let end = [UInt8]("-----END AGE ENCRYPTED FILE-----".utf8)
    private static let columns = 64
    /// Blank bytes that are skipped in search of the first line.
    static let longestWhitespace = 1024

    /// The binary file. LF and CR LF end a line, blanks may surround the whole; every other liberty throws `armorFailure`.
    package static func decode(_ text: [UInt8]) throws(AgeError) -> [UInt8] {
        let trimmed = text.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        guard text.count - trimmed.count <= 2 * longestWhitespace else { throw failure("it is surrounded by too many blanks") }
        var lines = Array(trimmed).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        lines = lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }[...]
        guard lines.popFirst().map({ $0.elementsEqual(begin) }) == true else {
            throw failure("its first line is not the one that begins an age file")
        }
        guard lines.popLast().map({ $0.elementsEqual(end) }) == true else {
            throw failure("its last line is not the one that ends an age file")
        }

        var encoded: [UInt8] = []
        encoded.reserveCapacity(trimmed.count)
        for (index, line) in lines.enumerated() {
            let isLast = index == lines.count - 1
            guard isLast ? (1...columns).contains(line.count) : line.count == columns else {
                throw failure("line \(index + 2) is not \(columns) characters long")
            }
            encoded += line
        }
        // Only what encodes to the same text is taken: nothing can be hidden in unused bits, padding or foreign characters.
        guard let decoded = Data(base64Encoded: Data(encoded)), decoded.base64EncodedData() == Data(encoded) else {
            throw failure("it is not canonical base 64")
        }
        return [UInt8](decoded)
    }

    /// The armored text of a binary age file, with a newline at its end.
    package static func encode(_ binary: [UInt8]) -> String {
        var text = begin
        var rest = [UInt8](Data(binary).base64EncodedData())[...]
        while !rest.isEmpty {
            text.append(UInt8(ascii: "\n"))
            text += rest.prefix(columns)
            rest = rest.dropFirst(columns)
        }
        text.append(UInt8(ascii: "\n"))
        text += end
        text.append(UInt8(ascii: "\n"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a file that begins with `prefix` (1,088 bytes always suffice) is armored.
    package static func isArmored(_ prefix: [UInt8]) -> Bool {
        let text = prefix.drop(while: isBlank)
        return prefix.count - text.count <= longestWhitespace && text.starts(with: begin)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }

    private static func failure(_ problem: String) -> AgeError {
        AgeError(.armorFailure, "age armor: \(problem)", remedy: "fetch the file again; it must not be edited")
    }
}
