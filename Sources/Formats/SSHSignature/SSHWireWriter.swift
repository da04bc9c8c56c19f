/// Puts values into SSH's binary encoding (RFC 4251, section 5).
struct SSHWireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ bytes: some Sequence<UInt8>) { self.bytes += bytes }

    mutating func number(_ number: UInt32) { withUnsafeBytes(of: number.bigEndian) { bytes += $0 } }

    mutating func string(_ content: [UInt8]) {
        number(UInt32(content.count))
        bytes += content
    }

    mutating func string(_ content: String) { string([UInt8](content.utf8)) }

    /// The bytes of a string that `body` fills.
    static func encoded(_ body: (inout SSHWireWriter) -> Void) -> [UInt8] {
        var writer = SSHWireWriter()
        body(&writer)
        return writer.bytes
    }
}
