/// The delay of a job's runs on this host: the same on each run, another on each host.
package enum HostJitter {
    /// Whole seconds from zero to `limit`, decided by `host` and `job` alone (FNV-1a, so it never changes between versions).
    package static func offset(host: String, job: String, limit: Duration) -> Duration {
        let seconds = limit.components.seconds
        guard seconds > 0 else { return .zero }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(host)/\(job)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        // The low bits of this hash follow the last letter too closely.
        hash ^= hash >> 32
        return .seconds(Int64(hash % UInt64(seconds + 1)))
    }
}
