import Foundation
import HarborDatabase
import LabServers
import Testing

@Suite("A secret key is tried on encrypted values")
struct SecretKeyCheckTests {
    private static let key = Array("0123456789abcdef".utf8)

    /// Encrypts with OpenSSL, as Harbor does with Go: AES-128 in CFB mode, the vector in front.
    private static func encrypted(_ plain: [UInt8], key: [UInt8] = key, column: String = "registry.access_secret") throws -> EncryptedValue
    {
        let vector = (0..<16).map { _ in UInt8.random(in: 0...255) }
        func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
        let cipher = try Program.succeed("openssl", ["enc", "-aes-128-cfb", "-K", hex(key), "-iv", hex(vector), "-nopad"], input: plain)
        return EncryptedValue(column: column, value: "<enc-v1>" + Data(vector + cipher).base64EncodedString())
    }

    private func problem(_ key: [UInt8], _ values: [EncryptedValue]) -> String {
        guard case .mismatch(let problem) = SecretKeyCheck(key: key).check(values) else { return "" }
        return problem
    }

    @Test(
        "the right key opens what OpenSSL encrypted",
        arguments: ["upstream-password", "{\"a\": \"b\"}\n", "Grüße, 世界", String(repeating: "long ", count: 500)])
    func right(_ plain: String) throws {
        #expect(SecretKeyCheck(key: Self.key).check([try Self.encrypted(Array(plain.utf8))]) == .matches(values: 1))
    }

    @Test("a key that differs in one bit opens nothing")
    func wrong() throws {
        let values = try ["upstream-password", "another secret"].map { try Self.encrypted(Array($0.utf8)) }
        for bit in 0..<8 {
            var key = Self.key
            key[bit * 2] ^= 1 << UInt8(bit)
            #expect(problem(key, values).contains("registry.access_secret"), "bit \(bit)")
        }
    }

    @Test("a key file with a line end is told apart from a wrong key", arguments: ["\n", "\r\n", " "])
    func lineEnd(_ end: String) throws {
        let values = [try Self.encrypted(Array("upstream-password".utf8))]
        #expect(problem(Self.key + Array(end.utf8), values).contains("line end"))
        #expect(problem(Self.key + [65], values).contains("17 bytes"))
        #expect(!problem(Self.key + [65], values).contains("line end"))
        #expect(problem(Array(Self.key.dropLast()), values).contains("15 bytes"))
        #expect(problem([], values).contains("0 bytes"))
    }

    @Test("a value that another key encrypted is named beside those that open")
    func mixed() throws {
        let values = [
            try Self.encrypted(Array("upstream-password".utf8)),
            try Self.encrypted(Array("made with the old key".utf8), key: Array("fedcba9876543210".utf8), column: "oidc_user.token"),
        ]
        let text = problem(Self.key, values)
        #expect(text.contains("oidc_user.token"))
        #expect(!text.contains("registry.access_secret"))
    }

    @Test("nothing, empty values and a byte or two prove nothing")
    func tooLittle() throws {
        #expect(SecretKeyCheck(key: Self.key).check([]) == .nothingToCheck)
        #expect(SecretKeyCheck(key: Self.key).check([try Self.encrypted([])]) == .nothingToCheck)
        #expect(SecretKeyCheck(key: Self.key).check([try Self.encrypted(Array("ab".utf8))]) == .nothingToCheck)
    }

    @Test("a damaged value does not pass", arguments: ["<enc-v1>", "<enc-v1>!!!", "<enc-v1>QUJD", "plain", ""])
    func damaged(_ value: String) {
        #expect(problem(Self.key, [EncryptedValue(column: "properties.v", value: value)]).contains("damaged"))
    }

    @Test("no verdict shows a secret")
    func noSecrets() throws {
        let value = try Self.encrypted(Array("upstream-password".utf8))
        for text in ["\(SecretKeyCheck(key: Self.key).check([value]))", problem(Array("x".utf8), [value]), "\(value)"] {
            #expect(!text.contains("upstream-password") && !text.contains(value.value))
        }
    }
}

@Suite("Lines of an inventory are read")
struct InventoryLineTests {
    @Test("a line of another kind is passed on by its name")
    func otherKinds() throws {
        #expect(try InventoryLine(parsing: #"{"kind":"end","artifacts":3}"#.utf8) == .other(kind: "end"))
        #expect(
            try InventoryLine(parsing: Array(#"{"kind":"project","name":"p","deleted":true}"#.utf8) + [10])
                == .project(.init(name: "p", deleted: true)))
    }

    @Test(
        "a line that is none is refused with its beginning",
        arguments: [
            "", "{}", "[]", "{\"kind\":1}", #"{"kind":"artifact"}"#, #"{"kind":"project","name":1,"deleted":false}"#, "{\"kind\":\"end\"",
        ])
    func refused(_ line: String) {
        let failure = #expect(throws: HarborDatabaseError.self) { try InventoryLine(parsing: line.utf8) }
        #expect(failure?.code == .malformedInventory)
        #expect(failure?.isRetryable == false)
    }
}
