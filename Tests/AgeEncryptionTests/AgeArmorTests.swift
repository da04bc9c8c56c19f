import AgeEncryption
import Testing

@Suite("armor")
struct AgeArmorTests {
    @Test("any bytes come back, with LF or CR LF, and blanks around")
    func roundTrip() throws {
        var random = SplitMix(seed: 3)
        for length in Array(1...200) + [1000, 50_000] {
            let bytes = random.bytes(length)
            let text = AgeArmor.encode(bytes)
            #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 64 })
            for variant in [text, text.replacing("\n", with: "\r\n"), "\n \t\r\n" + text + "  \n\n", String(text.dropLast())] {
                #expect(try AgeArmor.decode([UInt8](variant.utf8)) == bytes)
                #expect(AgeArmor.isArmored([UInt8](variant.utf8)))
            }
        }
    }

    @Test("binary files and other texts are not armored")
    func notArmored() {
        let others = ["", "age-encryption.org/v1\n", "-----BEGIN AGE", "-----BEGIN CERTIFICATE-----", String(repeating: " ", count: 2000)]
        for text in others {
            #expect(!AgeArmor.isArmored([UInt8](text.utf8)))
            #expect(throws: AgeError.self) { try AgeArmor.decode([UInt8](text.utf8)) }
        }
        let far = [UInt8](repeating: 32, count: 1025) + [UInt8](AgeArmor.encode([1]).utf8)
        #expect(!AgeArmor.isArmored(far))
    }

    @Test("random changes are refused, or hold the same bytes", arguments: 1...8 as ClosedRange<UInt64>)
    func mutations(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let bytes = random.bytes(150)
        let text = [UInt8](AgeArmor.encode(bytes).utf8)
        for round in 0..<300 {
            let altered = AgeStreamTests.mutated(text, &random)
            do throws(AgeError) {
                let decoded = try AgeArmor.decode(altered)
                // Characters of the alphabet may change into others; the form stays strict.
                let blanks = altered.filter { $0 != 13 }
                let strict = [UInt8](AgeArmor.encode(decoded).utf8)
                #expect(blanks.contains(strict.dropLast()), "seed \(seed), round \(round)")
            } catch {
                #expect(error.code == .armorFailure)
            }
        }
    }
}
