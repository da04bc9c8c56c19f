/// Reads members in the order that the format prescribes.
struct MemberSequence {
    /// Where members come from; `nil` is the end.
    typealias Source = @Sendable () async throws -> DumpMember?

    /// Read already, and wanted by the next question.
    private var pending: DumpMember?

    /// The next member, which must be `name`.
    mutating func require(_ name: MemberName, _ next: Source) async throws -> DumpMember {
        guard let member = try await take(next) else { throw Self.malformed("\(name.text) is missing: the dump is cut short") }
        guard MemberName(member.name) == name else { throw Self.malformed("\(member.name) stands where \(name.text) should") }
        return member
    }

    /// The next data member with its table and part; `nil` when something else follows.
    mutating func nextData(_ next: Source) async throws -> (member: DumpMember, table: Int, part: Int)? {
        guard let member = try await take(next) else { return nil }
        if case .data(let table, let part) = MemberName(member.name) { return (member, table, part) }
        pending = member
        return nil
    }

    /// Throws where anything follows the last member.
    mutating func requireEnd(_ next: Source) async throws {
        if let member = try await take(next) { throw Self.malformed("\(member.name) follows the end") }
    }

    static func malformed(_ problem: String) -> DumpError {
        DumpError(.malformedArchive, "the dump cannot be read: \(problem)", remedy: "use another snapshot; verify the vault")
    }

    private mutating func take(_ next: Source) async throws -> DumpMember? {
        if let member = pending {
            pending = nil
            return member
        }
        return try await next()
    }
}
