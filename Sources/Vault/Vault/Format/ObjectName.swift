/// The folders of a vault (format, section 2).
package enum ObjectFolder: Hashable, Sendable, CustomStringConvertible {
    case root
    /// One of the 256 folders of packs.
    case packs(UInt8)
    case index
    case snapshots
    case records
    case probes

    /// All folders that `vault init` makes, parents first.
    package static let all: [ObjectFolder] = (0...255).map { .packs(UInt8($0)) } + [.index, .snapshots, .records, .probes]

    /// Path below the vault's root, empty for the root itself.
    package var path: String {
        switch self {
        case .root: ""
        case .packs(let prefix): "packs/\(HexEncoding.text([prefix]))"
        case .index: "index"
        case .snapshots: "snapshots"
        case .records: "records"
        case .probes: "probes"
        }
    }

    /// Path below the vault's root; `/` for the root itself.
    package var description: String { path.isEmpty ? "/" : path }
}

/// The name of an object, which can only be one that the format knows: nothing from a listing or a list leads outside the vault.
package struct ObjectName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The folder that the object lies in.
    package let folder: ObjectFolder
    /// Last component.
    package let file: String

    private init(_ folder: ObjectFolder, _ file: String) {
        self.folder = folder
        self.file = file
    }

    /// Path below the vault's root.
    package var path: String { folder.path.isEmpty ? file : "\(folder.path)/\(file)" }
    /// Same as `path`.
    package var description: String { path }

    /// Orders by path.
    package static func < (left: ObjectName, right: ObjectName) -> Bool { left.path < right.path }

    /// `vault.json`, in the vault's root.
    package static let vaultDescription = ObjectName(.root, "vault.json")

    /// The pack with this id.
    package static func pack(_ id: RandomID) -> ObjectName { ObjectName(.packs(id.bytes[0]), "\(id).tar.age") }
    /// The index segment of a run.
    package static func index(_ id: SnapshotID) -> ObjectName { ObjectName(.index, "\(id).age") }
    /// A part of a snapshot.
    package static func snapshot(_ id: SnapshotID, _ part: SnapshotPart) -> ObjectName { ObjectName(.snapshots, "\(id).\(part.suffix)") }
    /// A record, or its signature.
    package static func record(_ id: RandomID, signature: Bool = false) -> ObjectName {
        ObjectName(.records, "\(id).json\(signature ? ".sig" : "")")
    }
    /// A probe of the target.
    package static func probe(_ id: RandomID) -> ObjectName { ObjectName(.probes, "\(id)") }

    /// Parses a path as it stands in an object list or a listing; nil for anything that the format does not name.
    package init?(parsing path: String) {
        if path == "vault.json" {
            self = .vaultDescription
            return
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let file = parts.last, let name = ObjectName.parse(parts.dropLast().map { $0 }, file) else { return nil }
        self = name
    }

    private static func parse(_ folders: [String], _ file: String) -> ObjectName? {
        switch folders {
        case ["index"]:
            guard file.hasSuffix(".age"), let id = SnapshotID(parsing: String(file.dropLast(4))) else { return nil }
            return .index(id)
        case ["snapshots"]:
            guard let dot = file.firstIndex(of: "."), let id = SnapshotID(parsing: String(file[..<dot])),
                let part = SnapshotPart(suffix: String(file[file.index(after: dot)...]))
            else { return nil }
            return .snapshot(id, part)
        case ["records"]:
            let signature = file.hasSuffix(".json.sig")
            guard signature || file.hasSuffix(".json"), let id = RandomID(parsing: String(file.prefix(32))),
                file == "\(id).json\(signature ? ".sig" : "")"
            else { return nil }
            return .record(id, signature: signature)
        case ["probes"]:
            return RandomID(parsing: file).map { .probe($0) }
        default:
            guard folders.count == 2, folders[0] == "packs", file.hasSuffix(".tar.age"),
                let id = RandomID(parsing: String(file.dropLast(8))),
                folders[1] == String(file.prefix(2))
            else { return nil }
            return .pack(id)
        }
    }

    /// The pack's id, where this is a pack.
    package var packID: RandomID? {
        guard case .packs = folder else { return nil }
        return RandomID(parsing: String(file.prefix(32)))
    }
}

/// The parts of a snapshot, by the end of their names.
package enum SnapshotPart: Hashable, Sendable {
    case database
    case files(set: String)
    case inventory
    case needs
    case objectList
    case manifest
    case signature

    /// What follows `<id>.` in the object's name.
    package var suffix: String {
        switch self {
        case .database: "database.tar.zst.age"
        case .files(let set): "files-\(set).tar.zst.age"
        case .inventory: "inventory.age"
        case .needs: "needs.age"
        case .objectList: "sha256"
        case .manifest: "manifest.json"
        case .signature: "manifest.json.sig"
        }
    }

    /// The part whose name ends so; nil for anything else.
    package init?(suffix: String) {
        switch suffix {
        case "database.tar.zst.age": self = .database
        case "inventory.age": self = .inventory
        case "needs.age": self = .needs
        case "sha256": self = .objectList
        case "manifest.json": self = .manifest
        case "manifest.json.sig": self = .signature
        default:
            guard suffix.hasPrefix("files-"), suffix.hasSuffix(".tar.zst.age") else { return nil }
            let set = String(suffix.dropFirst(6).dropLast(12))
            guard SnapshotPart.isSetName(set) else { return nil }
            self = .files(set: set)
        }
    }

    /// Whether a file set may have this name: 1 to 64 of `a-z 0-9 - _`, beginning with a letter or digit.
    package static func isSetName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, bytes.count <= 64, first != UInt8(ascii: "-"), first != UInt8(ascii: "_") else { return false }
        return bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
    }
}
