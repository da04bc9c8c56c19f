/// Judges a dump without a database: members in their order, and every table's rows and checksum as `counts.json` says.
package struct DumpCheck {
    private var expected: [MemberName] = [.tables, .schemaBeforeData]
    private var isInData = false
    private var checksums: [Int: RowChecksum] = [:]
    private var parts: [Int: Int] = [:]
    private var counts: DumpSummary?

    /// Expects the first member.
    package init() {}

    /// Takes the next member; throws ``DumpError`` with code `malformedArchive` where it stands in the wrong place.
    package mutating func take(_ member: DumpMember) throws {
        let name = MemberName(member.name)
        if isInData, case .data(let table, let part)? = name {
            guard part == parts[table, default: 0] + 1 else { throw MemberSequence.malformed("\(member.name) is out of order") }
            parts[table] = part
            checksums[table, default: RowChecksum()].add(lines: member.contents)
            return
        }
        if isInData {
            isInData = false
            expected = [.sequences, .schemaAfterData, .loadScript, .counts]
        }
        guard let wanted = expected.first else { throw MemberSequence.malformed("\(member.name) follows the end") }
        guard name == wanted else { throw MemberSequence.malformed("\(member.name) stands where \(wanted.text) should") }
        expected.removeFirst()
        switch wanted {
        case .schemaBeforeData: isInData = true
        case .counts: counts = try MemberJSON.decode(DumpSummary.self, from: member)
        case .tables, .data, .sequences, .schemaAfterData, .loadScript: break
        }
    }

    /// Ends the dump; throws where it is cut short or a table is not as `counts.json` says.
    package func finish() throws {
        guard let counts else { throw MemberSequence.malformed("counts.json is missing: the dump is cut short") }
        let wrong = counts.tables.filter { table in
            let found = checksums[table.number] ?? RowChecksum()
            return found.rows != table.rows || found.text != table.checksum
        }
        guard wrong.isEmpty, Set(checksums.keys).isSubset(of: counts.tables.map(\.number)) else {
            throw DumpError(
                .mismatch, "the dump is not what its counts say: \(wrong.map(\.sqlName).joined(separator: ", "))",
                remedy: "use another snapshot; verify the vault")
        }
    }
}
