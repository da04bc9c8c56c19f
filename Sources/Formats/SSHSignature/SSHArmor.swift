import Foundation

/// The text around keys and signatures of OpenSSH: a line that begins it, base 64, a line that ends it.
struct SSHArmor {
    /// Such as `SSH SIGNATURE`.
    let label: String

    /// As `ssh-keygen` breaks its lines.
    private static let columns = 70
    /// Longest text that is looked at.
    private static let longestText = 65536

    private var begin: String { "-----BEGIN \(label)-----" }
    private var end: String { "-----END \(label)-----" }

    func encode(_ bytes: [UInt8]) -> String {
        var text = begin + "\n"
        var rest = Data(bytes).base64EncodedString()[...]
        while !rest.isEmpty {
            text += rest.prefix(Self.columns) + "\n"
            rest = rest.dropFirst(Self.columns)
        }
        return text + end + "\n"
    }

    /// Nil where the text does not begin and end as it must, or holds anything but base 64 in its canonical spelling.
    /// Blank lines may follow it; LF and CR LF end a line.
    func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= Self.longestText else { return nil }
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        while lines.last == "" { lines.removeLast() }
        guard lines.count > 2, lines.first == begin, lines.last == end else { return nil }
        let body = lines.dropFirst().dropLast()
        guard body.allSatisfy({ !$0.isEmpty }) else { return nil }
        return Self.decodeBase64(body.joined())
    }

    /// Nil where `text` is not what the bytes encode to: unused bits, padding and foreign characters could hide a second spelling.
    static func decodeBase64(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= longestText, let data = Data(base64Encoded: text), data.base64EncodedString() == text else { return nil }
        return [UInt8](data)
    }
}
