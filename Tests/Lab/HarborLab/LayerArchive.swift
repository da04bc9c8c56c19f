import LabServers

/// A layer as a builder makes it: a tar of a few files, compressed.
struct LayerArchive {
    /// The compressed bytes.
    let compressed: [UInt8]
    /// The digest of the uncompressed tar, which an image's config names.
    let diffID: String

    /// One layer with the file `path`. Throws `LabError` when gzip fails.
    init(path: String, text: String) throws {
        let tar = Self.tar(path: path, content: Array(text.utf8))
        diffID = BlobContent.Algorithm.sha256.digest(of: tar)
        compressed = try Program.succeed("gzip", ["-nc"], input: tar)
    }

    /// POSIX ustar: a header block, the content padded to 512 bytes, two zero blocks.
    private static func tar(path: String, content: [UInt8]) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) { header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8) }
        func octal(_ value: Int, width: Int) -> String {
            let digits = String(value, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(path, at: 0)
        put(octal(0o644, width: 7), at: 100)
        put(octal(0, width: 7), at: 108)
        put(octal(0, width: 7), at: 116)
        put(octal(content.count, width: 11), at: 124)
        put(octal(0, width: 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, width: 6) + "\u{0} ", at: 148)
        let padding = [UInt8](repeating: 0, count: (512 - content.count % 512) % 512 + 1024)
        return header + content + padding
    }
}
