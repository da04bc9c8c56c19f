internal import Glibc

/// Where a unix socket is: a path, or a name of the abstract namespace, which has no file.
struct UnixSocketAddress: Sendable {
    /// As the kernel wants them: an abstract name begins with a zero byte, a path ends with one.
    private let bytes: [UInt8]

    /// What `sockaddr_un` has room for.
    private static let limit = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// Nil for text that is neither an absolute path nor `@` and a name, or that is too long for a socket's address.
    init?(_ text: String) {
        var bytes = Array(text.utf8)
        guard bytes.count > 1, !bytes.contains(0) else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "@"): bytes[0] = 0
        case UInt8(ascii: "/"): bytes.append(0)
        default: return nil
        }
        guard bytes.count <= Self.limit else { return nil }
        self.bytes = bytes
    }

    /// Calls `body` with the address as the socket calls take it.
    func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // The length counts: every byte of an abstract name is part of it, zeros too.
        let length = socklen_t((MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + bytes.count)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
