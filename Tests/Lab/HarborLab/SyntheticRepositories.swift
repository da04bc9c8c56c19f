import Foundation
import LabServers
import Synchronization

/// Many repositories, written straight to storage and database: same count and seed, same bytes. Each has one tagged image of one
/// manifest, one config and `layers` small random layers.
struct SyntheticRepositories: Sendable {
    let count: Int
    let seed: UInt64
    let layers = 8
    /// Bytes in a layer.
    let layerSize = 200...800
    /// The project that they belong to.
    static let project = "scale"

    /// Writes all files, then all rows in one transaction. Throws `LabError`.
    func write(to registry: RegistryFolder, cluster: PostgresCluster, database: String, scratch: String) throws {
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        // Scratch files that stay are harmless: the lab's folder goes as a whole.
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        try cluster.psql(
            """
            INSERT INTO project (owner_id, name, registry_id) VALUES (1, '\(Self.project)', 0) ON CONFLICT (name) DO NOTHING;
            INSERT INTO quota (reference, reference_id, hard) SELECT 'project', project_id, '{"storage": -1}' FROM project
                WHERE name = '\(Self.project)' ON CONFLICT DO NOTHING;
            INSERT INTO quota_usage (reference, reference_id, used) SELECT 'project', project_id, '{"storage": 0}' FROM project
                WHERE name = '\(Self.project)' ON CONFLICT DO NOTHING;
            """, database: database)
        let bases = try firstIdentifiers(cluster, database: database)
        let chunks = max(1, min(count, 4 * ProcessInfo.processInfo.activeProcessorCount))
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
            do {
                let range = (count * chunk / chunks)..<(count * (chunk + 1) / chunks)
                try writeChunk(range, to: registry, bases: bases, files: "\(scratch)/\(chunk)")
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        try copy(chunks: chunks, scratch: scratch, cluster: cluster, database: database)
    }

    /// Row ids must be known before the rows are written: other rows refer to them.
    private struct Identifiers {
        let project: Int
        let repository: Int
        let artifact: Int
        let blob: Int
    }

    private func firstIdentifiers(_ cluster: PostgresCluster, database: String) throws -> Identifiers {
        let answer = try cluster.psql(
            """
            SELECT (SELECT project_id FROM project WHERE name = '\(Self.project)'), (SELECT coalesce(max(repository_id), 0) + 1 FROM repository),
                (SELECT coalesce(max(id), 0) + 1 FROM artifact), (SELECT coalesce(max(id), 0) + 1 FROM blob);
            """, database: database)
        let numbers = answer.split(separator: "|").compactMap { Int($0) }
        guard numbers.count == 4 else { throw LabError(.unexpectedAnswer, "PostgreSQL answered \(answer) for four ids") }
        return Identifiers(project: numbers[0], repository: numbers[1], artifact: numbers[2], blob: numbers[3])
    }

    /// The tables in the order in which their rows are loaded, with the columns that we set.
    private static let tables: [(name: String, columns: String)] = [
        ("repository", "repository_id, name, project_id"), ("blob", "id, digest, content_type, size"),
        ("project_blob", "project_id, blob_id"),
        ("artifact_blob", "digest_af, digest_blob"),
        (
            "artifact",
            "id, project_id, repository_name, digest, type, pull_time, push_time, repository_id, media_type, manifest_media_type, size, "
                + "extra_attrs, icon, artifact_type"
        ), ("tag", "repository_id, artifact_id, name, pull_time"),
    ]

    private func writeChunk(_ range: Range<Int>, to registry: RegistryFolder, bases: Identifiers, files: String) throws {
        var text = [String](repeating: "", count: Self.tables.count)
        for number in range { try writeRepository(number, to: registry, bases: bases, rows: &text) }
        for (index, table) in Self.tables.enumerated() {
            try Data(text[index].utf8).write(to: URL(filePath: "\(files).\(table.name)"))
        }
    }

    private func writeRepository(_ number: Int, to registry: RegistryFolder, bases: Identifiers, rows: inout [String]) throws {
        var generator = SplitMix64(seed: seed, stream: UInt64(number))
        let digits = String(number)
        let name = "\(Self.project)/r" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        var blobs: [BlobContent] = []
        for _ in 0..<layers { blobs.append(BlobContent(MediaType.layer, generator.bytes(Int.random(in: layerSize, using: &generator)))) }
        let diffs = blobs.map { #""\#($0.digest)""# }.joined(separator: ",")
        let config = #"{"architecture":"amd64","config":{},"os":"linux","rootfs":{"diff_ids":[\#(diffs)],"type":"layers"}}"#
        blobs.append(BlobContent(MediaType.config, Array(config.utf8)))
        let descriptors = blobs.map { #"{"digest":"\#($0.digest)","mediaType":"\#($0.mediaType)","size":\#($0.bytes.count)}"# }
        let manifest = BlobContent(
            MediaType.manifest,
            Array(
                (#"{"config":\#(descriptors[layers]),"layers":[\#(descriptors.prefix(layers).joined(separator: ","))],"#
                    + #""mediaType":"\#(MediaType.manifest)","schemaVersion":2}"#).utf8))

        for blob in blobs {
            try registry.writeBlob(blob.digest, blob.bytes)
            try registry.linkLayer(blob.digest, in: name)
        }
        try registry.writeBlob(manifest.digest, manifest.bytes)
        try registry.linkRevision(manifest.digest, in: name)
        blobs.append(manifest)

        let repository = bases.repository + number
        let artifact = bases.artifact + number
        rows[0] += "\(repository)\t\(name)\t\(bases.project)\n"
        for (index, blob) in blobs.enumerated() {
            let id = bases.blob + number * blobs.count + index
            rows[1] += "\(id)\t\(blob.digest)\t\(blob.mediaType)\t\(blob.bytes.count)\n"
            rows[2] += "\(bases.project)\t\(id)\n"
            rows[3] += "\(manifest.digest)\t\(blob.digest)\n"
        }
        let size = blobs.reduce(0) { $0 + $1.bytes.count }
        rows[4] +=
            "\(artifact)\t\(bases.project)\t\(name)\t\(manifest.digest)\tIMAGE\t0001-01-01\t2026-01-01\t\(repository)\t\(MediaType.config)\t"
        rows[4] += #"\#(MediaType.manifest)\#t\#(size)\#t{"architecture":"amd64","os":"linux"}\#t\#t\#(MediaType.config)\#n"#
        rows[5] += "\(repository)\t\(artifact)\tlatest\t0001-01-01\n"
    }

    private func copy(chunks: Int, scratch: String, cluster: PostgresCluster, database: String) throws {
        var script = "BEGIN;\n"
        for table in Self.tables {
            for chunk in 0..<chunks { script += "\\copy \(table.name) (\(table.columns)) from '\(scratch)/\(chunk).\(table.name)'\n" }
        }
        script += """
            SELECT setval('repository_repository_id_seq', (SELECT max(repository_id) FROM repository)),
                setval('artifact_id_seq', (SELECT max(id) FROM artifact)), setval('blob_id_seq', (SELECT max(id) FROM blob));
            COMMIT;
            ANALYZE;
            """
        try cluster.psql(script, database: database)
    }
}

/// Vigna's SplitMix64: a fast generator whose sequence depends on its seed alone.
private struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    /// Streams of one seed must not begin within each other: the state only counts, so it is mixed first.
    init(seed: UInt64, stream: UInt64) { state = Self.mix(seed ^ Self.mix(stream &+ 1)) }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mix(state)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            var word = next()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
