/// `<id>.needs.age` (format, section 6): the packs that a snapshot needs, whole or as a difference.
package struct Needs: Sendable, Equatable {
    /// Longest chain of differences that a reader follows.
    package static let chainLimit = 16

    /// The snapshot whose needs these lines change; nil where they are whole.
    package let base: SnapshotID?
    /// Packs needed beyond those of `base`; all of them where there is no base.
    package let added: Set<RandomID>
    /// Packs that `base` needs and this snapshot does not; empty where there is no base.
    package let removed: Set<RandomID>
    /// Packs needed after the difference.
    package let total: Int

    /// Needs of `packs`, written against `base` where that saves lines.
    package init(_ packs: Set<RandomID>, base: (snapshot: SnapshotID, packs: Set<RandomID>)?) {
        total = packs.count
        guard let base else {
            self.base = nil
            added = packs
            removed = []
            return
        }
        self.base = base.snapshot
        added = packs.subtracting(base.packs)
        removed = base.packs.subtracting(packs)
    }

    /// The text of the object.
    package var text: [UInt8] {
        var out = "opsd-needs 1\n"
        if let base { out += "base \(base)\n" }
        for pack in added.sorted() { out += "+ \(pack)\n" }
        for pack in removed.sorted() { out += "- \(pack)\n" }
        out += "end \(total)\n"
        return Array(out.utf8)
    }

    /// Parses the text; throws `malformed` with the line's number.
    package init(parsing bytes: [UInt8]) throws(VaultError) {
        var lines = TextLines(bytes, what: "needs")
        guard try lines.next() == ["opsd-needs", "1"] else { throw lines.malformed("expected 'opsd-needs 1'") }
        var base: SnapshotID?
        var added: Set<RandomID> = []
        var removed: Set<RandomID> = []
        while let words = try lines.next() {
            guard words.count == 2 else { throw lines.malformed("expected two words") }
            switch words[0] {
            case "base":
                guard base == nil, let id = SnapshotID(parsing: words[1]) else {
                    throw lines.malformed("expected one 'base <snapshot id>'")
                }
                base = id
            case "+", "-":
                guard let pack = RandomID(parsing: words[1]) else { throw lines.malformed("expected a pack id") }
                if words[0] == "+" { added.insert(pack) } else { removed.insert(pack) }
            case "end":
                guard let total = Int(words[1]), try lines.next() == nil else {
                    throw lines.malformed("expected 'end <packs>' as last line")
                }
                self.base = base
                self.added = added
                self.removed = removed
                self.total = total
                return
            default:
                throw lines.malformed("unknown line")
            }
        }
        throw lines.malformed("the last line is missing")
    }

    /// The whole set, given the base's; throws `corrupt` where the count differs.
    package func packs(appliedTo base: Set<RandomID>) throws(VaultError) -> Set<RandomID> {
        let packs = base.subtracting(removed).union(added)
        guard packs.count == total else { throw VaultError(.corrupt, "the needs name \(packs.count) packs but say \(total)") }
        return packs
    }
}
