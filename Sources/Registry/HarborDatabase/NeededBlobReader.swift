internal import OCIImage
internal import Postgres

/// Reads the rows of the needs query. A million of them pass, so a digest is parsed from its bytes and a media type is decoded once.
struct NeededBlobReader {
    private(set) var summary = NeedsSummary()
    /// Harbor has a handful of media types; should a database have many, the rest is decoded row by row.
    private var mediaTypes: [(bytes: [UInt8], text: String, isForeign: Bool)] = []
    private static let knownLimit = 32

    /// Reads a line `digest, role, size, media type`; nil where the digest is none, which is noted.
    mutating func read(_ line: UnsafeRawBufferPointer) throws -> NeededBlob? {
        let fields = Self.split(line)
        guard fields.count == 4, let roleNumber = Self.number(fields[1]), let role = NeededBlob.Role(rawValue: Int(roleNumber)) else {
            throw HarborDatabaseError(
                .unexpectedRow, "the list of needed blobs has a row of another shape", remedy: "report it as a bug of opsd")
        }
        guard let digest = Digest(parsing: fields[0]) else {
            summary.malformed += 1
            if summary.malformedSamples.count < NeedsSummary.sampleLimit {
                summary.malformedSamples.append(MalformedDigest(text: try CopyText.decodeField(fields[0]) ?? "", role: role))
            }
            return nil
        }
        let (mediaType, isForeign) = try mediaType(fields[3])
        // What an artifact is made of is never foreign, whatever its row says.
        let isForeignLayer = isForeign && role != .manifest
        let blob = NeededBlob(
            digest: digest, size: Self.number(fields[2]), mediaType: mediaType, role: isForeignLayer ? .unreferenced : role,
            isForeign: isForeignLayer)
        count(blob)
        return blob
    }

    private mutating func count(_ blob: NeededBlob) {
        guard !blob.isForeign else {
            summary.foreign += 1
            return
        }
        switch blob.role {
        case .manifest: summary.manifests += 1
        case .layer: summary.layers += 1
        case .unreferenced: summary.unreferenced += 1
        }
    }

    private mutating func mediaType(_ field: UnsafeRawBufferPointer) throws -> (String?, isForeign: Bool) {
        if let known = mediaTypes.first(where: { $0.bytes.count == field.count && field.elementsEqual($0.bytes) }) {
            return (known.text, known.isForeign)
        }
        guard let text = try CopyText.decodeField(field) else { return (nil, false) }
        let isForeign = MediaType.isForeignLayer(text)
        if mediaTypes.count < Self.knownLimit { mediaTypes.append((Array(field), text, isForeign)) }
        return (text, isForeign)
    }

    private static func split(_ line: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
        let row = line.last == UInt8(ascii: "\n") ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
        return row.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { UnsafeRawBufferPointer(rebasing: $0) }
    }

    private static func number(_ field: UnsafeRawBufferPointer) -> Int64? {
        guard !field.isEmpty, field.count <= 18 else { return nil }
        var value: Int64 = 0
        for byte in field {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
