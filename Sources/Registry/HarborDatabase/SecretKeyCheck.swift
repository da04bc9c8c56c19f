internal import Crypto
internal import CryptoExtras
internal import Foundation

/// Whether a secret key and a database belong together.
package enum SecretKeyVerdict: Equatable, Sendable {
    /// The key opens these many values, and none resists.
    case matches(values: Int)
    /// There is no encrypted value, or none long enough to prove anything.
    case nothingToCheck
    /// The key cannot be Harbor's, or it does not open what `problem` names.
    case mismatch(problem: String)
}

/// Tries Harbor's secret key on encrypted values.
///
/// The cipher (AES-128-CFB) has no integrity check: a wrong key gives garbage and no error, in Harbor too. So the test is whether the
/// opened values are text.
package struct SecretKeyCheck: Sendable {
    private let key: [UInt8]

    /// Takes the key file's bytes, all of them: Harbor does so too.
    package init(key: [UInt8]) {
        self.key = key
    }

    /// With fewer bytes a wrong key gives text by chance more than once in thousands of times (95 of 256 bytes are printable).
    private static let provingLength = 8

    /// Tries the key on `values`.
    package func check(_ values: [EncryptedValue]) -> SecretKeyVerdict {
        if let problem = sizeProblem { return .mismatch(problem: problem) }
        var opened = 0
        var provenBytes = 0
        var resisting: [String] = []
        for value in values {
            guard let plain = decrypt(value.value) else {
                resisting.append("\(value.column) (damaged)")
                continue
            }
            if plain.isEmpty { continue }
            if Self.isText(plain) {
                opened += 1
                provenBytes += plain.count
            } else {
                resisting.append(value.column)
            }
        }
        guard resisting.isEmpty else {
            let columns = Set(resisting).sorted().joined(separator: ", ")
            return .mismatch(
                problem: opened == 0
                    ? "no value opens; tried \(columns)"
                    : "\(opened) values open, but not \(resisting.count) of \(columns), which another key encrypted")
        }
        return provenBytes >= Self.provingLength ? .matches(values: opened) : .nothingToCheck
    }

    private var sizeProblem: String? {
        guard key.count != 16 else { return nil }
        let isPadded =
            key.count > 16 && key[16...].allSatisfy { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: " ") }
        return "the key has \(key.count) bytes and must have 16"
            + (isPadded ? "; what follows the 16th is a line end or space, which Harbor takes for a part of the key" : "")
    }

    /// The value's content; nil where it is no encrypted value at all.
    private func decrypt(_ value: String) -> [UInt8]? {
        let vectorLength = 16
        guard value.hasPrefix(EncryptedValue.header),
            let bytes = Data(base64Encoded: String(value.dropFirst(EncryptedValue.header.count))), bytes.count >= vectorLength
        else { return nil }
        let content = Array(bytes.dropFirst(vectorLength))
        guard !content.isEmpty else { return [] }
        // Neither can fail with 16 bytes each; should it, the value counts as damaged.
        guard let vector = try? AES._CFB.IV(ivBytes: bytes.prefix(vectorLength)),
            let plain = try? AES._CFB.decrypt(content, using: SymmetricKey(data: key), iv: vector)  // as above
        else { return nil }
        return Array(plain)
    }

    private static func isText(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar == "\n" || scalar == "\r" || scalar == "\t"
            case .unassigned, .privateUse, .surrogate: false
            default: true
            }
        }
    }
}
