/// `<id>.sha256` (format, section 8): every object that a run wrote or adopted, as `sha256sum -c` reads it.
package struct ObjectList: Sendable, Equatable {
    /// The vault that the objects are in, so that a list cannot be moved to another.
    package let vault: RandomID
    /// The snapshot whose run wrote or adopted the objects.
    package let snapshot: SnapshotID
    /// In the order in which they were listed.
    package let objects: [StoredObject]

    /// A list for one snapshot.
    package init(vault: RandomID, snapshot: SnapshotID, objects: [StoredObject]) {
        self.vault = vault
        self.snapshot = snapshot
        self.objects = objects
    }

    /// Sum of the listed objects' sizes in bytes.
    package var bytes: Int64 { objects.reduce(0) { $0 + $1.size } }

    /// The text of the list.
    package var text: [UInt8] {
        var out = Array("# opsd-objects 1 \(vault) \(snapshot)\n".utf8)
        for object in objects { out += Array("# size \(object.size)\n\(object.sha256)  \(object.name)\n".utf8) }
        return out
    }

    /// Parses a list whose hash was checked already; throws `malformed` with the line's number.
    package init(parsing bytes: [UInt8]) throws(VaultError) {
        var lines = TextLines(bytes, what: "object list")
        guard let head = try lines.next(), head.count == 5, head[0] == "#", head[1] == "opsd-objects",
            let vault = RandomID(parsing: head[3]),
            let snapshot = SnapshotID(parsing: head[4])
        else { throw lines.malformed("expected '# opsd-objects 1 <vault> <snapshot>'") }
        guard head[2] == "1" else { throw lines.malformed("version \(head[2]) is not known to this opsd") }
        var objects: [StoredObject] = []
        while let line = try lines.next() {
            guard line.count == 3, line[0] == "#", line[1] == "size", let size = Int64(line[2]), size >= 0 else {
                throw lines.malformed("expected '# size <bytes>'")
            }
            guard let entry = try lines.next(), entry.count == 3, entry[1].isEmpty, HexEncoding.bytes(entry[0].utf8, count: 32) != nil,
                let name = ObjectName(parsing: entry[2])
            else { throw lines.malformed("expected '<sha256>  <object name>'") }
            objects.append(StoredObject(name: name, size: size, sha256: entry[0]))
        }
        self.init(vault: vault, snapshot: snapshot, objects: objects)
    }
}
