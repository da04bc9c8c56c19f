import Testing

@testable import AgeEncryption

@Suite("encrypting and decrypting as a stream")
struct AgeStreamTests {
    static let chunk = PayloadCipher.chunkSize
    static let sealed = PayloadCipher.sealedChunkSize
    static let identity = AgeIdentity.make()

    @Test("pieces of any size give the same plaintext", arguments: [0, 1, 100, 65535, 65536, 65537, 131_071, 131_072, 131_073, 300_000])
    func pieces(_ size: Int) throws {
        var random = SplitMix(seed: UInt64(size))
        let plaintext = random.bytes(size)
        let reference = try WholeFile.encrypt(plaintext, to: [Self.identity.recipient])
        for pieces in [1, 13, 1000, 65535, 65536, 65537, 65552, 65553, 200_001] where pieces > 1 || size < 70_000 {
            let file = try WholeFile.encrypt(plaintext, to: [Self.identity.recipient], pieces: pieces)
            #expect(file.count == reference.count)
            #expect(try WholeFile.decrypt(file, by: [Self.identity]) == plaintext)
            #expect(try WholeFile.decrypt(reference, by: [Self.identity], pieces: pieces) == plaintext)
        }
    }

    @Test("the header leaves with the first call, and empty pieces change nothing")
    func headerFirst() throws {
        var encryptor = try AgeEncryptor(recipients: [Self.identity.recipient])
        var file: [UInt8] = []
        try encryptor.update([], into: &file)
        let header = file.count
        #expect(String(decoding: file.prefix(22), as: UTF8.self) == "age-encryption.org/v1\n")
        try encryptor.update([], into: &file)
        #expect(file.count == header)
        try encryptor.update([1], into: &file)
        try encryptor.update([], into: &file)
        try encryptor.finish(into: &file)
        #expect(file.count == header + 17)
        #expect(try WholeFile.decrypt(file, by: [Self.identity]) == [1])
    }

    @Test("two files of the same plaintext share neither key nor nonce")
    func fresh() throws {
        let files = try (0..<2).map { _ in try WholeFile.encrypt([1, 2, 3], to: [Self.identity.recipient]) }
        #expect(files[0].count == files[1].count)
        #expect(files[0].suffix(35) != files[1].suffix(35))
        #expect(files[0].suffix(19) != files[1].suffix(19))
    }

    @Test("nothing can follow the end, neither when writing nor when reading")
    func finished() throws {
        var encryptor = try AgeEncryptor(recipients: [Self.identity.recipient])
        var file: [UInt8] = []
        try encryptor.finish(into: &file)
        let whole = file
        #expect(throws: AgeError.self) { try encryptor.finish(into: &file) }
        #expect(throws: AgeError.self) { try encryptor.update([1], into: &file) }
        #expect(file == whole)

        var decryptor = AgeDecryptor(identities: [Self.identity])
        var plaintext: [UInt8] = []
        try decryptor.update(whole, into: &plaintext)
        try decryptor.finish(into: &plaintext)
        #expect(throws: AgeError.self) { try decryptor.finish(into: &plaintext) }
        #expect(throws: AgeError.self) { try decryptor.update([1], into: &plaintext) }
        #expect(plaintext.isEmpty)
    }

    @Test("a decryptor that failed stays failed with the same error")
    func staysFailed() throws {
        var file = try WholeFile.encrypt([UInt8](repeating: 3, count: 200_000), to: [Self.identity.recipient])
        file[file.count - 150_000] ^= 1
        var decryptor = AgeDecryptor(identities: [Self.identity])
        var plaintext: [UInt8] = []
        let first = #expect(throws: AgeError.self) { try decryptor.update(file, into: &plaintext) }
        let released = plaintext.count
        let second = #expect(throws: AgeError.self) { try decryptor.update([0], into: &plaintext) }
        let third = #expect(throws: AgeError.self) { try decryptor.finish(into: &plaintext) }
        #expect(first == second && second == third && first?.code == .payloadFailure)
        #expect(released == plaintext.count)
    }

    @Test("no recipient and too many recipients are refused")
    func recipientCount() throws {
        #expect(throws: AgeError.self) { try AgeEncryptor(recipients: []) }
        let error = #expect(throws: AgeError.self) { try AgeEncryptor(recipients: Array(repeating: Self.identity.recipient, count: 257)) }
        #expect(error?.code == .recipientCount)
    }

    @Test("each way in which a payload can be damaged is told apart")
    func damages() throws {
        let plaintext = [UInt8](repeating: 9, count: 2 * Self.chunk + 100)
        let file = try WholeFile.encrypt(plaintext, to: [Self.identity.recipient])
        let start = file.count - (2 * Self.sealed + 116)
        func damage(_ change: (inout [UInt8]) -> Void) -> (Int, String) {
            var altered = file
            change(&altered)
            let released = WholeFile.released(altered, by: AgeDecryptor(identities: [Self.identity]))
            #expect(plaintext.starts(with: released.plaintext))
            #expect(released.error?.code == .payloadFailure)
            return (released.plaintext.count, released.error?.problem ?? "")
        }
        #expect(damage { $0.removeLast() } == (2 * Self.chunk, "age payload: chunk 2, at its end, is altered or cut off"))
        #expect(damage { $0.removeLast(110) } == (2 * Self.chunk, "age payload: it is cut off inside chunk 2"))
        #expect(
            damage { $0.removeLast(116) } == (2 * Self.chunk, "age payload: it is cut off after chunk 1, which is sound but not the last"))
        #expect(damage { $0.removeLast($0.count - start) } == (0, "age payload: it ends before chunk 0, which is missing"))
        #expect(damage { $0[start + Self.sealed] ^= 128 } == (Self.chunk, "age payload: chunk 1 is altered"))
        #expect(damage { $0[start - 1] ^= 1 } == (0, "age payload: chunk 0 is altered"))
        // Chunks in another order, or one twice, are alterations like any other.
        #expect(
            damage { $0.replaceSubrange(start..<(start + Self.sealed), with: file[(start + Self.sealed)..<(start + 2 * Self.sealed)]) }.0
                == 0)
        #expect(damage { $0.removeSubrange(start..<(start + Self.sealed)) }.0 == 0)
        #expect(damage { $0.append(0) } == (2 * Self.chunk, "age payload: chunk 2, at its end, is altered or cut off"))

        let even = try WholeFile.encrypt([UInt8](repeating: 9, count: Self.chunk), to: [Self.identity.recipient])
        let released = WholeFile.released(even + [0], by: AgeDecryptor(identities: [Self.identity]))
        #expect(released.error?.problem == "age payload: data follows the last chunk (chunk 0)")
        #expect(
            WholeFile.released(Array(file.prefix(start - 3)), by: AgeDecryptor(identities: [Self.identity])).error?.code == .headerFailure)
    }

    @Test("the last chunk sealed empty after others is refused")
    func emptyLastChunk() throws {
        let fileKey = FileKey.make()
        let nonce = [UInt8](repeating: 5, count: PayloadCipher.nonceLength)
        let cipher = PayloadCipher(fileKey: fileKey, nonce: nonce)
        var file = AgeHeader(stanzas: [try X25519Stanza.wrap(fileKey, to: Self.identity.recipient)], fileKey: fileKey).bytes + nonce
        let header = file.count
        let chunk = [UInt8](repeating: 1, count: Self.chunk)
        try chunk.withRawBytes { bytes throws(AgeError) in try cipher.seal(bytes, number: 0, isLast: false, into: &file) }
        try cipher.seal(UnsafeRawBufferPointer(start: nil, count: 0), number: 1, isLast: true, into: &file)
        let released = WholeFile.released(file, by: AgeDecryptor(identities: [Self.identity]))
        #expect(released.error?.problem == "age payload: its last chunk (chunk 1) is empty")
        #expect(throws: AgeError.self) {
            try AgeRangeDecryptor(prefix: Array(file.prefix(header)), objectSize: Int64(file.count), identities: [Self.identity])
        }
    }

    @Test("a cut at any place is noticed, and what was released is a beginning")
    func cuts() throws {
        var random = SplitMix(seed: 42)
        let plaintext = random.bytes(Self.chunk + 50)
        let file = try WholeFile.encrypt(plaintext, to: [Self.identity.recipient])
        let places =
            Array(0..<400) + (0..<100).map { _ in Int.random(in: 0..<file.count, using: &random) } + ((file.count - 120)..<file.count)
        for place in places {
            let released = WholeFile.released(Array(file.prefix(place)), by: AgeDecryptor(identities: [Self.identity]))
            #expect(released.error != nil, "cut after \(place) bytes")
            #expect(plaintext.starts(with: released.plaintext), "cut after \(place) bytes")
        }
    }

    @Test("random changes never give other plaintext", arguments: 1...12 as ClosedRange<UInt64>)
    func mutations(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let plaintext = random.bytes([0, 5, 1000, Self.chunk, Self.chunk + 9][Int(seed) % 5])
        let file = try WholeFile.encrypt(plaintext, to: [AgeIdentity.make().recipient, Self.identity.recipient])
        for round in 0..<250 {
            let altered = Self.mutated(file, &random)
            guard altered != file else { continue }
            let released = WholeFile.released(altered, by: AgeDecryptor(identities: [Self.identity]), pieces: round % 3 == 0 ? 777 : .max)
            #expect(released.error != nil, "seed \(seed), round \(round)")
            #expect(plaintext.starts(with: released.plaintext), "seed \(seed), round \(round)")
        }
    }

    /// One to three changes: a bit, a byte, a piece cut out, doubled or put in; half of them in the header.
    static func mutated(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var altered = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) where !altered.isEmpty {
            let reach = Bool.random(using: &random) ? min(400, altered.count) : altered.count
            let place = Int.random(in: 0..<reach, using: &random)
            let end = min(altered.count, place + Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: altered[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: altered[place] = UInt8.random(in: .min ... .max, using: &random)
            case 2: altered.removeSubrange(place..<end)
            case 3: altered.insert(contentsOf: altered[place..<end], at: place)
            case 4: altered.insert(contentsOf: random.bytes(end - place), at: place)
            default: altered[place] = [10, 13, 32, 45, 61, 62, 0][Int.random(in: 0..<7, using: &random)]
            }
        }
        return altered
    }
}
