internal import Glibc

/// Names of users and groups on this host. Each is asked for once: behind it may be a directory server.
final class AccountNames {
    private var users: [UInt32: String?] = [:]
    private var groups: [UInt32: String?] = [:]

    /// The name of a user or group, nil where this host has none for the id.
    func name(of id: UInt32, isGroup: Bool) -> String? {
        if let known = isGroup ? groups[id] : users[id] { return known }
        if isGroup {
            let name = Self.search(group(), { getgrgid_r(id, $0, $1, $2, $3) }, { String(cString: $0.gr_name) })
            groups[id] = .some(name)
            return name
        }
        let name = Self.search(passwd(), { getpwuid_r(id, $0, $1, $2, $3) }, { String(cString: $0.pw_name) })
        users[id] = .some(name)
        return name
    }

    /// The id of a user or group by its name, nil where this host has none.
    static func id(of name: String, isGroup: Bool) -> UInt32? {
        isGroup
            ? search(group(), { getgrnam_r(name, $0, $1, $2, $3) }, { $0.gr_gid })
            : search(passwd(), { getpwnam_r(name, $0, $1, $2, $3) }, { $0.pw_uid })
    }

    private typealias Lookup<Record> = (
        UnsafeMutablePointer<Record>, UnsafeMutablePointer<CChar>, Int, UnsafeMutablePointer<UnsafeMutablePointer<Record>?>
    ) -> Int32

    /// The library says in no other way how much room a record needs than by refusing too little.
    private static func search<Record, Value>(_ empty: Record, _ lookup: Lookup<Record>, _ value: (Record) -> Value) -> Value? {
        var room = 1024
        while room <= 1 << 20 {
            var answer: Int32 = 0
            let found: Value? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { space in
                var record = empty
                var hit: UnsafeMutablePointer<Record>?
                guard let start = space.baseAddress else { return nil }
                answer = lookup(&record, start, room, &hit)
                return answer == 0 && hit != nil ? value(record) : nil
            }
            guard answer == ERANGE else { return found }
            room *= 4
        }
        return nil
    }
}
