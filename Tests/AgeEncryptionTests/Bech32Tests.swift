import Testing

@testable import AgeEncryption

@Suite("bech32")
struct Bech32Tests {
    @Test(
        "valid strings of BIP 173 are read and written again",
        arguments: [
            "A12UEL5L", "a12uel5l", "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "?1ezyfcl",
        ])
    func valid(_ text: String) throws {
        // The data of some of these are groups of five bits, not bytes: those this reader refuses, for keys are bytes.
        guard let bech32 = Bech32(parsing: text) else { return #expect(!Self.holdsBytes.contains(text)) }
        #expect(bech32.text == (text == text.lowercased() ? text : text.uppercased()))
    }

    private static let holdsBytes: Set = ["A12UEL5L", "a12uel5l", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "?1ezyfcl"]

    @Test(
        "invalid strings are refused",
        arguments: [
            "", "1", "a", " 1nwldj5", "\u{7f}1axkwrx", "\u{80}1eym55h", "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3",
            "de1lg7wt\u{ff}", "A1G7SGD8", "10a06t8", "1qzzfhee", "a12UEL5L", "A12UEL5M",
        ])
    func invalid(_ text: String) { #expect(Bech32(parsing: text) == nil) }

    @Test("bytes of any length come back")
    func roundTrip() {
        for length in 0...70 {
            let data = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            let bech32 = Bech32(prefix: "AGE-SECRET-KEY-", data: data)
            #expect(Bech32(parsing: bech32.text) == bech32)
        }
    }

    @Test("every single wrong character is noticed")
    func substitutions() {
        let text = [UInt8]("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj".utf8)
        #expect(Bech32(parsing: String(decoding: text, as: UTF8.self)) != nil)
        for index in text.indices {
            for replacement in "qpzry9x8gf2tvdw0s3jn54khce6mua7l1b".utf8 where replacement != text[index] {
                var altered = text
                altered[index] = replacement
                #expect(Bech32(parsing: String(decoding: altered, as: UTF8.self)) == nil)
            }
        }
    }
}
