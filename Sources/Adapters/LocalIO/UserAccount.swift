internal import Glibc

/// The accounts of this host.
package enum UserAccount {
    /// The name of a numeric user id; nil where the host knows none.
    package static func name(of uid: UInt32) -> String? {
        var size = 1 << 10
        while size <= 1 << 20 {
            var entry = passwd()
            var result: UnsafeMutablePointer<passwd>?
            var name: String?
            var buffer = [CChar](repeating: 0, count: size)
            let answer = buffer.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return ENOMEM }
                let answer = getpwuid_r(uid, &entry, base, buffer.count, &result)
                if answer == 0, result != nil, let text = entry.pw_name { name = String(cString: text) }
                return answer
            }
            guard answer == ERANGE else { return name }
            size *= 4
        }
        return nil
    }
}
