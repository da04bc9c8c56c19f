import Testing

@testable import AgeEncryption

@Suite("reading by range")
struct AgeRangeTests {
    static let identity = AgeIdentity.make()
    static let chunk = Int64(PayloadCipher.chunkSize)

    private struct Object {
        let plaintext: [UInt8]
        let bytes: [UInt8]

        init(size: Int) throws {
            var random = SplitMix(seed: UInt64(size))
            plaintext = random.bytes(size)
            bytes = try WholeFile.encrypt(plaintext, to: [AgeIdentity.make().recipient, AgeRangeTests.identity.recipient])
        }

        func open(prefix: Int = AgeRangeDecryptor.headerLimit) throws(AgeError) -> AgeRangeDecryptor {
            try AgeRangeDecryptor(prefix: Array(bytes.prefix(prefix)), objectSize: Int64(bytes.count), identities: [AgeRangeTests.identity])
        }

        func fetch(_ range: Range<Int64>) -> [UInt8] { Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]) }
    }

    @Test("every range is what a full decryption holds there", arguments: [0, 1, 65535, 65536, 65537, 131_072, 131_073, 500_000])
    func ranges(_ size: Int) throws {
        let object = try Object(size: size)
        let file = try object.open()
        let total = Int64(size)
        #expect(file.plaintextSize == total)
        var random = SplitMix(seed: UInt64(size) + 7)
        var ranges = [0..<total, total..<total, 0..<0]
        for border in stride(from: Int64(0), through: total, by: Int(Self.chunk)) {
            ranges += [max(0, border - 1)..<min(total, border + 1), border..<min(total, border + Self.chunk), border..<border]
        }
        for _ in 0..<60 where size > 0 {
            let ends = [Int64.random(in: 0...total, using: &random), Int64.random(in: 0...total, using: &random)].sorted()
            ranges.append(ends[0]..<ends[1])
        }
        for range in ranges {
            let ciphertext = file.ciphertextRange(for: range)
            let plaintext = try file.decrypt(object.fetch(ciphertext), for: range)
            #expect(plaintext == Array(object.plaintext[Int(range.lowerBound)..<Int(range.upperBound)]), "\(range)")
            // At most one chunk more than needed at each end.
            #expect(ciphertext.count <= range.count + 2 * PayloadCipher.sealedChunkSize + range.count / 1000)
        }
    }

    @Test("the smallest sufficient prefix is header and nonce, and one byte less is refused")
    func prefix() throws {
        let object = try Object(size: 10)
        let header = object.bytes.count - 26
        _ = try object.open(prefix: header)
        for length in [0, 1, header / 2, header - 17, header - 16, header - 1] {
            let error = #expect(throws: AgeError.self) { try object.open(prefix: length) }
            #expect(error?.code == .headerFailure)
        }
    }

    @Test("the largest header that is written fits the limit")
    func headerLimit() throws {
        let recipients = (0..<256).map { _ in AgeIdentity.make().recipient }
        let file = try WholeFile.encrypt([], to: recipients)
        #expect(file.count - PayloadCipher.tagSize <= AgeRangeDecryptor.headerLimit)
    }

    @Test("sizes that no file has are refused when it is opened")
    func sizes() throws {
        let object = try Object(size: 2 * 65536)
        let start = object.bytes.count - 2 * PayloadCipher.sealedChunkSize
        func code(_ payload: Int) -> AgeError.Code? {
            do throws(AgeError) {
                let prefix = Array(object.bytes.prefix(start))
                _ = try AgeRangeDecryptor(prefix: prefix, objectSize: Int64(start + payload), identities: [Self.identity])
                return nil
            } catch { return error.code }
        }
        for size in [-1, 0, 1, 15, 65552 + 1, 65552 + 15, 65552 + 16, -start] { #expect(code(size) == .payloadFailure, "\(size)") }
        for size in [16, 17, 65551, 65552, 65552 + 17, 2 * 65552] { #expect(code(size) == nil, "\(size)") }
        let error = #expect(throws: AgeError.self) {
            try AgeRangeDecryptor(prefix: object.bytes, objectSize: .min, identities: [Self.identity])
        }
        #expect(error?.code == .payloadFailure)
        let huge = try AgeRangeDecryptor(prefix: Array(object.bytes.prefix(start)), objectSize: .max, identities: [Self.identity])
        #expect(huge.ciphertextRange(for: 0..<huge.plaintextSize).upperBound == .max)
    }

    @Test("ranges outside the plaintext ask for nothing and are refused")
    func outside() throws {
        let object = try Object(size: 100_000)
        let file = try object.open()
        for range: Range<Int64> in [-1..<5, 99_999..<100_001, 100_001..<100_002, Int64.min..<Int64.max] {
            let clamped = file.ciphertextRange(for: range)
            #expect(clamped.lowerBound >= 0 && clamped.upperBound <= Int64(object.bytes.count))
            let error = #expect(throws: AgeError.self) { try file.decrypt(object.fetch(clamped), for: range) }
            #expect(error?.code == .rangeFailure)
        }
        let error = #expect(throws: AgeError.self) { try file.decrypt([1, 2, 3], for: 0..<10) }
        #expect(error?.code == .rangeFailure)
    }

    @Test("an altered chunk, a moved chunk and a shorter object are refused")
    func alterations() throws {
        let object = try Object(size: 4 * 65536 + 5)
        let file = try object.open()
        let second = Self.chunk..<(2 * Self.chunk)
        var ciphertext = object.fetch(file.ciphertextRange(for: second))
        #expect(throws: AgeError.self) { try file.decrypt(ciphertext, for: 0..<Self.chunk) }
        ciphertext[1000] ^= 4
        let error = #expect(throws: AgeError.self) { try file.decrypt(ciphertext, for: second) }
        #expect(error?.problem == "age payload: chunk 1 is altered")

        // Cut at a border, the chunk that is now the last was not sealed as the last.
        let cut = object.bytes.count - 21 - PayloadCipher.sealedChunkSize
        let shorter = try AgeRangeDecryptor(prefix: Array(object.bytes.prefix(1000)), objectSize: Int64(cut), identities: [Self.identity])
        let end = (shorter.plaintextSize - 1)..<shorter.plaintextSize
        let cutError = #expect(throws: AgeError.self) { try shorter.decrypt(object.fetch(shorter.ciphertextRange(for: end)), for: end) }
        #expect(cutError?.problem == "age payload: it is cut off after chunk 2, which is sound but not the last")
    }

    @Test("random changes never give other plaintext", arguments: 1...4 as ClosedRange<UInt64>)
    func mutations(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let object = try Object(size: 70_000)
        for round in 0..<200 {
            let altered = AgeStreamTests.mutated(object.bytes, &random)
            let range = Int64(65_530)..<Int64(65_540)
            do throws(AgeError) {
                let file = try AgeRangeDecryptor(
                    prefix: Array(altered.prefix(2000)), objectSize: Int64(altered.count), identities: [Self.identity])
                let wanted = file.ciphertextRange(for: range)
                let read = try file.decrypt(Array(altered[Int(wanted.lowerBound)..<Int(wanted.upperBound)]), for: range)
                #expect(read == Array(object.plaintext[65_530..<65_540]), "seed \(seed), round \(round)")
                #expect(altered == object.bytes, "seed \(seed), round \(round)")
            } catch {
                #expect(altered != object.bytes)
            }
        }
    }
}
