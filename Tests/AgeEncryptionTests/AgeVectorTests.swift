import AgeEncryption
import Crypto
import Testing

@Suite("vectors of the age project (skipped where ../shared/vectors/age is absent)", .enabled(if: AgeVector.arePresent))
struct AgeVectorTests {
    /// Files that only a post-quantum identity opens, which is not supported.
    static let leftOut: Set = [
        "armor_hybrid", "hybrid", "hybrid_and_x25519", "hybrid_bad_tag", "hybrid_currupted_enc_mlkem", "hybrid_currupted_enc_x25519",
        "hybrid_extra_argument", "hybrid_grease", "hybrid_identity", "hybrid_long_file_key", "hybrid_long_share", "hybrid_low_order",
        "hybrid_multiple_recipients", "hybrid_no_match", "hybrid_not_canonical_body", "hybrid_not_canonical_enc", "hybrid_short_share",
        "hybrid_uppercase",
    ]

    static let run = AgeVector.all.filter { !leftOut.contains($0.name) }

    @Test("every vector is run or left out by name, and only those are left out that need another kind of key")
    func coverage() {
        #expect(AgeVector.all.count >= 143)
        #expect(Self.run.count + Self.leftOut.count == AgeVector.all.count)
        for vector in AgeVector.all {
            let needsOthers = !vector.identities.isEmpty && vector.identities.allSatisfy { $0.hasPrefix("AGE-SECRET-KEY-PQ-1") }
            #expect(Self.leftOut.contains(vector.name) == needsOthers, "\(vector.name)")
        }
    }

    @Test("vectors give the expected end and release the expected plaintext, in pieces of any size", arguments: run)
    func agree(_ vector: AgeVector) throws {
        let supported = vector.identities.filter { !$0.hasPrefix("AGE-SECRET-KEY-PQ-1") }
        let identities = try supported.map { try AgeIdentity(parsing: $0) }
        // The limit is that of the vectors: 23 is too much, everything below is tried.
        let passphrase = try vector.passphrase.map { try AgePassphrase($0, workFactorLimit: 22) }
        var file = vector.file
        if vector.isArmored {
            #expect(AgeArmor.isArmored(file) || vector.expect == "armor failure")
            do throws(AgeError) {
                file = try AgeArmor.decode(file)
            } catch {
                #expect(error.code == .armorFailure)
                #expect(vector.expect == "armor failure", "\(error)")
                return
            }
        }
        // Small pieces of large files take their time and add nothing.
        for pieces in [Int.max, 65552, 4097, 1] where file.count < 200_000 || pieces > 1 {
            let released = WholeFile.released(file, by: AgeDecryptor(identities: identities, passphrase: passphrase), pieces: pieces)
            #expect(Self.name(of: released.error) == vector.expect, "pieces of \(pieces): \(String(describing: released.error))")
            let hash = SHA256.hash(data: released.plaintext).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
            if let payload = vector.payload { #expect(hash == payload, "pieces of \(pieces)") } else { #expect(released.plaintext.isEmpty) }
            if passphrase != nil { break }  // each try costs a derivation
        }
    }

    @Test("reading by range agrees with every vector that X25519 opens", arguments: run.filter { !$0.isArmored && $0.passphrase == nil })
    func agreeByRange(_ vector: AgeVector) throws {
        let identities = try vector.identities.filter { !$0.hasPrefix("AGE-SECRET-KEY-PQ-1") }.map { try AgeIdentity(parsing: $0) }
        do throws(AgeError) {
            let file = try AgeRangeDecryptor(prefix: vector.file, objectSize: Int64(vector.file.count), identities: identities)
            let all = 0..<file.plaintextSize
            let range = file.ciphertextRange(for: all)
            var plaintext = try file.decrypt(Array(vector.file[Int(range.lowerBound)..<Int(range.upperBound)]), for: all)
            // An empty range opens no chunk, so an empty file's only chunk is left to the stream.
            if plaintext.isEmpty { plaintext = try WholeFile.decrypt(vector.file, by: identities) }
            let hash = SHA256.hash(data: plaintext).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
            #expect(vector.expect == "success")
            #expect(hash == vector.payload)
        } catch {
            #expect(Self.name(of: error) == vector.expect, "\(error)")
        }
    }

    private static func name(of error: AgeError?) -> String {
        guard let error else { return "success" }
        switch error.code {
        case .noMatch: return "no match"
        case .headerFailure: return "header failure"
        case .hmacFailure: return "HMAC failure"
        case .payloadFailure: return "payload failure"
        case .armorFailure: return "armor failure"
        case .malformedRecipient, .malformedIdentity, .malformedPassphrase, .recipientCount, .rangeFailure, .finished, .libraryFailure:
            return error.description
        }
    }
}
