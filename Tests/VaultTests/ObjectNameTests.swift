import Testing
import Vault

@Suite("object names")
struct ObjectNameTests {
    static let id = "3fa85f64a7b84c2e9d0e1f2a3b4c5d6e"
    static let snapshot = "20260101T021500Z-0a1b2c3d"

    static let accepted = [
        "vault.json", "packs/3f/\(id).tar.age", "index/\(snapshot).age", "snapshots/\(snapshot).database.tar.zst.age",
        "snapshots/\(snapshot).files-config.tar.zst.age", "snapshots/\(snapshot).files-a.tar.zst.age",
        "snapshots/\(snapshot).files-0-_z.tar.zst.age", "snapshots/\(snapshot).files-\(String(repeating: "k", count: 64)).tar.zst.age",
        "snapshots/\(snapshot).inventory.age", "snapshots/\(snapshot).needs.age", "snapshots/\(snapshot).sha256",
        "snapshots/\(snapshot).manifest.json", "snapshots/\(snapshot).manifest.json.sig", "records/\(id).json", "records/\(id).json.sig",
        "probes/\(id)",
    ]

    static let refused = [
        "", "/", ".", "..", "/vault.json", "./vault.json", "vault.json/", "vault.json\n", "Vault.json", "../vault.json", "packs", "packs/",
        "packs/3f", "packs/3f/", "packs//\(id).tar.age", "packs/3f//\(id).tar.age", "/packs/3f/\(id).tar.age",
        "packs/3f/../3f/\(id).tar.age",
        "packs/40/\(id).tar.age", "packs/3F/\(id).tar.age", "packs/\(id).tar.age", "packs/3f/\(id.uppercased()).tar.age",
        "packs/3f/\(id.dropLast()).tar.age", "packs/3f/\(id)0.tar.age", "packs/3f/\(id).tar", "packs/3f/\(id).tar.age.tmp",
        "packs/3f/.\(id).tar.age", "packs/3f/\(id).tar.age/x", "packs/3f/\(id).tar.age\0", "index/\(id).age",
        "index/../index/\(snapshot).age",
        "index/\(snapshot)", "index/ \(snapshot).age", "snapshots/\(snapshot)", "snapshots/\(snapshot).", "snapshots/\(snapshot).manifest",
        "snapshots/\(snapshot).manifest.json.sig.sig", "snapshots/\(snapshot).files-.tar.zst.age",
        "snapshots/\(snapshot).files-A.tar.zst.age",
        "snapshots/\(snapshot).files--a.tar.zst.age", "snapshots/\(snapshot).files-_a.tar.zst.age",
        "snapshots/\(snapshot).files-a.b.tar.zst.age", "snapshots/\(snapshot).files-a/b.tar.zst.age",
        "snapshots/\(snapshot).files-ä.tar.zst.age", "snapshots/\(snapshot).files-tar.zst.age",
        "snapshots/\(snapshot).files-\(String(repeating: "k", count: 65)).tar.zst.age", "snapshots/x/\(snapshot).sha256",
        "snapshots/20260101T021500Z-0A1B2C3D.sha256", "snapshots/20260101t021500z-0a1b2c3d.sha256", "snapshots/2026-01-01.sha256",
        "snapshots/20260101T021500Z_0a1b2c3d.sha256", "snapshots/20260101T021500Z-0a1b2c3.sha256", "records/\(id)",
        "records/\(id).json.sig.x",
        "records/\(id).jsn", "records/\(snapshot).json", "records/../records/\(id).json", "probes/\(id).json", "probes/\(id)/", "probes/x",
        "probes/\(id.dropLast())\u{212A}", "other/\(id)", "packs/3\u{0301}f/\(id).tar.age", "etc/passwd", "../../etc/shadow",
    ]

    @Test("a name that the format knows is parsed and written back as it was", arguments: accepted)
    func accepts(_ path: String) throws {
        let name = try #require(ObjectName(parsing: path))
        #expect(name.path == path)
        #expect("\(name)" == path)
        #expect(path == "vault.json" || path == "\(name.folder.path)/\(name.file)")
    }

    @Test("anything else is no name", arguments: refused)
    func refuses(_ path: String) {
        #expect(ObjectName(parsing: path) == nil)
    }

    @Test("an altered name is refused or leads to a place of the vault")
    func mutations() {
        var random = SplitMix(seed: 7)
        for base in Self.accepted {
            for _ in 0..<300 {
                guard let name = ObjectName(parsing: String(decoding: random.altered(Array(base.utf8)), as: UTF8.self)) else { continue }
                #expect(ObjectName(parsing: name.path) == name)
                #expect(!name.path.split(separator: "/", omittingEmptySubsequences: false).contains { $0.isEmpty || $0.hasPrefix(".") })
                #expect(name.folder == .root || ObjectFolder.all.contains(name.folder))
            }
        }
    }

    @Test("a pack's name gives its id and its folder, other names none")
    func packIDs() throws {
        let id = try #require(RandomID(parsing: Self.id))
        #expect(ObjectName.pack(id).packID == id)
        #expect(ObjectName.pack(id).folder == .packs(0x3f))
        #expect(ObjectName.record(id).packID == nil)
        #expect(ObjectFolder.all.count == 260)
        #expect(Set(ObjectFolder.all.map(\.path)).count == 260)
        #expect(ObjectFolder.all[0].path == "packs/00" && ObjectFolder.all[255].path == "packs/ff")
    }

    @Test("random ids are 32 lower-case digits, all different, ordered as their text")
    func randomIDs() {
        let ids = (0..<1000).map { _ in RandomID() }
        #expect(Set(ids).count == 1000)
        #expect(ids.allSatisfy { $0.description.utf8.count == 32 && RandomID(parsing: $0.description) == $0 })
        #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
        #expect(RandomID(bytes: [1, 2]) == nil)
    }
}
