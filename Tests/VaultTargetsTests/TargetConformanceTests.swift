import Foundation
import LabServers
import Testing
import Vault

@Suite("every target keeps the promises of BlobTarget")
struct TargetConformanceTests {
    static let sizes = [0, 1, 65_535, 1 << 20, (1 << 20) + 1, (3 << 20) + 12_345]

    @Test("what was stored is read back, whatever its size and pieces", arguments: StorageUnderTest.allCases, sizes)
    func roundTrip(_ storage: StorageUnderTest, _ size: Int) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let bytes = pattern(size, seed: size)
        let name = ObjectName.pack(RandomID())
        let pieces = stride(from: 0, to: size, by: 700_001).map { Array(bytes[$0..<min(size, $0 + 700_001)]) }
        try await target.store(pieces, as: name)
        #expect(try await target.bytes(of: name) == bytes)
        #expect(try await target.list(name.folder) == [ObjectInfo(name: name, size: Int64(size))])
    }

    @Test("any range of an object is read exactly, and what lies beyond its end is nothing", arguments: StorageUnderTest.allCases)
    func ranges(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let size = (2 << 20) + 77
        let bytes = pattern(size)
        let name = ObjectName.pack(RandomID())
        try await target.put(bytes, as: name)
        for range in [0..<0, 0..<1, 5..<5, 1..<size, 0..<size, (1 << 20) - 1..<(1 << 20) + 1, size - 1..<size, size..<size, 3..<1 << 21] {
            let read = try await target.bytes(of: name, range: Int64(range.lowerBound)..<Int64(range.upperBound))
            #expect(read == Array(bytes[range]), "\(range)")
        }
        #expect(try await target.bytes(of: name, range: Int64(size - 2)..<Int64(size + 100)) == Array(bytes.suffix(2)))
        #expect(try await target.bytes(of: name, range: Int64(size + 10)..<Int64(size + 20)) == [])
    }

    @Test("an object of every kind has its place and is listed there alone", arguments: StorageUnderTest.allCases)
    func everyKind(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let snapshot = try #require(SnapshotID(parsing: "20260101T000000Z-0a1b2c3d"))
        let id = RandomID()
        let parts: [SnapshotPart] = [
            .database, .files(set: "config"), .files(set: "config-2_b"), .inventory, .needs, .objectList, .manifest, .signature,
        ]
        let names =
            [.vaultDescription, .pack(id), .index(snapshot), .record(id), .record(id, signature: true), .probe(id)]
            + parts.map { ObjectName.snapshot(snapshot, $0) }
        for (number, name) in names.enumerated() {
            try await target.put(pattern(number), as: name)
            #expect(ObjectName(parsing: name.path) == name)
        }
        var listed: [ObjectInfo] = []
        for folder in ObjectFolder.all + [.root] {
            let objects = try await target.list(folder)
            #expect(objects.allSatisfy { $0.name.folder == folder })
            listed += objects
        }
        #expect(Set(listed) == Set(names.enumerated().map { ObjectInfo(name: $1, size: Int64($0)) }))
        #expect(listed.count == names.count)
    }

    @Test("an object that is there is never overwritten, by whichever of two uploads ends last", arguments: StorageUnderTest.allCases)
    func neverOverwritten(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let name = ObjectName.record(RandomID())
        try await target.put([1], as: name)
        #expect(try await target.failure(putting: [2], as: name) == .exists)
        #expect(try await target.bytes(of: name) == [1])

        let twice = ObjectName.record(RandomID())
        let first = try await target.upload(twice)
        let second = try await target.upload(twice)
        try await first.write([1, 1])
        try await second.write([2, 2, 2])
        try await second.finish()
        await #expect { try await first.finish() } throws: { ($0 as? VaultError)?.code == .exists }
        await first.abandon()
        #expect(try await target.bytes(of: twice) == [2, 2, 2])
        #expect(try await target.list(.records).count == 2)
        #expect(try names(below: folder).filter { $0.hasSuffix(".tmp") } == [])
    }

    @Test("an upload shows nothing before it is finished, and abandoned or dropped leaves nothing", arguments: StorageUnderTest.allCases)
    func unfinished(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let before = try names(below: folder)
        let name = ObjectName.pack(RandomID())
        let upload = try await target.upload(name)
        try await upload.write(pattern(2 << 20))
        #expect(try await target.list(name.folder) == [])
        #expect(try await target.failure(reading: name) == .notFound)
        await upload.abandon()
        await #expect(throws: VaultError.self) { try await upload.finish() }
        #expect(try await target.failure(reading: name) == .notFound)
        do {
            let dropped = try await target.upload(name)
            try await dropped.write([1])
        }
        #expect(try names(below: folder) == before)
        try await target.put([9], as: name)
        #expect(try await target.bytes(of: name) == [9])
    }

    @Test("temporary files and foreign names are not listed", arguments: StorageUnderTest.allCases)
    func foreignNames(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let id = RandomID()
        let foreign = [
            "snapshots/lost+found", "snapshots/.nfs0001", "snapshots/20260101T000000Z-0a1b2c3d.manifest.json~", "records/\(id).json.tmp",
            "records/.\(id).json.1f.tmp", "records/\(String("\(id)".uppercased())).json", "index/note.txt", "probes/\(id).bak",
            "packs/\(String("\(id)".prefix(2)))/\(id).tar", "packs/00/README",
        ]
        for path in foreign { try Data([1]).write(to: URL(fileURLWithPath: folder.file("vault/\(path)"))) }
        // In the folder of another prefix a pack is no object: its name would lead elsewhere.
        let stray = "packs/\(id.bytes[0] == 0 ? "01" : "00")/\(id).tar.age"
        try Data([1]).write(to: URL(fileURLWithPath: folder.file("vault/\(stray)")))
        for folder in ObjectFolder.all { #expect(try await target.list(folder) == [], "\(folder)") }
    }

    @Test("what is absent is not found, and deleting it is fine", arguments: StorageUnderTest.allCases)
    func absent(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let name = ObjectName.probe(RandomID())
        #expect(try await target.failure(reading: name) == .notFound)
        #expect(try await target.failure(reading: name, range: 0..<10) == .notFound)
        try await target.delete(name)
        try await target.put([1], as: name)
        try await target.delete(name)
        #expect(try await target.failure(reading: name) == .notFound)
        #expect(try await target.list(.probes) == [])
        try await target.put([2], as: name)
        #expect(try await target.bytes(of: name) == [2])
    }

    @Test("many uploads at once do not disturb each other", arguments: StorageUnderTest.allCases)
    func concurrentUploads(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let names = (0..<16).map { _ in ObjectName.probe(RandomID()) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, name) in names.enumerated() {
                group.addTask {
                    try await target.store((0..<5).map { pattern(50_000, seed: number * 10 + $0) }, as: name)
                }
            }
            try await group.waitForAll()
        }
        #expect(Set(try await target.list(.probes)) == Set(names.map { ObjectInfo(name: $0, size: 250_000) }))
        for (number, name) in names.enumerated() {
            #expect(try await target.bytes(of: name) == (0..<5).flatMap { pattern(50_000, seed: number * 10 + $0) })
        }
    }

    @Test("one name stored by many at once is stored by exactly one, whole", arguments: StorageUnderTest.allCases)
    func oneNameAtOnce(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let name = ObjectName.record(RandomID())
        let outcomes = try await withThrowingTaskGroup(of: VaultError.Code?.self) { group in
            for number in 0..<8 {
                group.addTask { try await target.failure(putting: [UInt8](repeating: UInt8(number), count: 100_000), as: name) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0 == .exists } == 7)
        let bytes = try await target.bytes(of: name)
        #expect(bytes.count == 100_000 && Set(bytes).count == 1)
    }

    @Test("folders that exist may be made again without harm", arguments: StorageUnderTest.allCases)
    func foldersTwice(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let name = ObjectName.probe(RandomID())
        try await target.put([1], as: name)
        try await target.makeFolders()
        #expect(try await target.bytes(of: name) == [1])
        #expect(try names(below: folder).count == 1 + 1 + 256 + 4 + 1)
    }

    @Test("contents stop at their limit", arguments: StorageUnderTest.allCases)
    func limit(_ storage: StorageUnderTest) async throws {
        let folder = try TemporaryFolder("opsd-target")
        let target = try await storage.make(in: folder)
        let name = ObjectName.probe(RandomID())
        try await target.put(pattern(1000), as: name)
        #expect(try await target.contents(of: name, limit: 1000) == pattern(1000))
        await #expect { _ = try await target.contents(of: name, limit: 999) } throws: { ($0 as? VaultError)?.code == .corrupt }
    }

    /// Everything below the test's folder, by relative path.
    private func names(below folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
    }
}
