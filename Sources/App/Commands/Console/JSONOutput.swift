import Vault

/// `--json`: one object, keys in snake case, times in RFC 3339 UTC. Keys are only ever added.
enum JSONOutput {
    /// Prints `value` on standard output.
    static func print(_ value: some Encodable) throws {
        Console.current.write(String(decoding: try FormatJSON.encode(value), as: UTF8.self))
    }
}
