import Foundation
import LabServers
import SystemPackage
import Testing

@testable import JobEngine

@Suite("The journal's file is opened, refused or set aside")
struct JournalOpeningTests {
    private let fixture: JournalFixture

    init() throws { fixture = try JournalFixture() }

    private func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: fixture.folder.file(name))
        return try #require(attributes[.posixPermissions] as? Int)
    }

    /// A closed journal with one run in it, and enough pages to damage.
    private func makeClosed() throws {
        let journal = try fixture.open()
        for number in 0..<200 {
            try journal.commit([.admitted(JournalFixture.ended(number, .succeeded, job: "job-\(number % 7)"), findings: [])])
        }
        try journal.close()
    }

    private func code(_ body: () throws -> Void) -> JournalError.Code? {
        do {
            try body()
            return nil
        } catch let error as JournalError {
            return error.code
        } catch {
            Issue.record(error)
            return nil
        }
    }

    @Test("nobody else may read it, nor its companions and folder")
    func modes() throws {
        let journal = try fixture.open()
        try journal.commit([.missed(job: "j", count: 1)])
        #expect(try mode("state") == 0o700)
        for name in ["state/journal.sqlite", "state/journal.sqlite-wal", "state/journal.sqlite-shm", "state/journal.sqlite.lock"] {
            #expect(try mode(name) == 0o600, "\(name)")
        }
    }

    @Test("what was committed is there after closing and opening")
    func reopened() throws {
        try makeClosed()
        #expect(try fixture.names() == ["journal.sqlite"])
        let (journal, aside) = try SQLiteJournal.openOrSetAside(at: fixture.path, now: JournalFixture.second)
        #expect(aside == nil)
        #expect(try journal.runs(of: nil, limit: 1_000).count == 200)
    }

    @Test("after closing every call throws")
    func closed() throws {
        let journal = try fixture.open()
        try journal.close()
        #expect(throws: JournalError.self) { try journal.commit([.missed(job: "j", count: 1)]) }
        #expect(throws: JournalError.self) { try journal.summaries() }
        #expect(throws: JournalError.self) { try journal.checkWritable() }
    }

    // MARK: - Reading only

    @Test("a reader finds nothing where there is no journal, and makes nothing")
    func absent() throws {
        #expect(code { _ = try SQLiteJournal(reading: fixture.path) } == .absent)
        #expect(!FileManager.default.fileExists(atPath: fixture.folder.file("state")))
        try FileManager.default.createDirectory(atPath: fixture.folder.file("state"), withIntermediateDirectories: false)
        try fixture.replace([])
        #expect(code { _ = try SQLiteJournal(reading: fixture.path) } == .absent)
    }

    @Test("a reader sees what a writer commits meanwhile, and may write nothing")
    func reader() throws {
        let writer = try fixture.open()
        let reader = try SQLiteJournal(reading: fixture.path)
        #expect(reader.isReadOnly && !writer.isReadOnly)
        for number in 0..<20 {
            try writer.end(JournalFixture.ended(number, .succeeded))
            #expect(try reader.runs(of: nil, limit: 100).count == number + 1)
            #expect(try reader.summaries() == writer.summaries())
        }
        #expect(code { try reader.commit([.missed(job: "j", count: 1)]) } == .denied)
        #expect(code { try reader.checkWritable() } == .denied)
        #expect(code { _ = try reader.trim(HistoryLimits(runs: 0), now: JournalFixture.second) } == .denied)
        #expect(try writer.summaries()["j"] == nil)
    }

    @Test("a reader reads a journal that nobody has open")
    func readerAlone() throws {
        try makeClosed()
        #expect(try SQLiteJournal(reading: fixture.path).runs(of: nil, limit: 1_000).count == 200)
    }

    // MARK: - Damage

    /// What may happen to a file.
    enum Damage: String, CaseIterable, Sendable {
        case text, zeroes, header, magic, cut, noTables, otherDatabase, pages
    }

    private func damage(_ damage: Damage) throws {
        var bytes = try fixture.bytes()
        switch damage {
        case .text: bytes = Array(String(repeating: "this is no database\n", count: 500).utf8)
        case .zeroes: bytes = Array(repeating: 0, count: bytes.count)
        case .header: for index in 16..<60 { bytes[index] ^= 0x5a }
        case .magic: bytes[0] = 0
        case .cut: bytes.removeLast(bytes.count / 2)
        case .noTables: for index in 100..<4_096 { bytes[index] = 0 }
        case .otherDatabase: for index in 68..<72 { bytes[index] = 0 }
        case .pages: for page in 1..<bytes.count / 4_096 { for index in 0..<64 { bytes[page * 4_096 + index] ^= 0xa5 } }
        }
        try fixture.replace(bytes)
    }

    @Test("a damaged file is set aside whole, and a new journal begun", arguments: Damage.allCases)
    func damaged(_ kind: Damage) throws {
        try makeClosed()
        try damage(kind)
        let bytes = try fixture.bytes()
        #expect(code { _ = try fixture.open() } == .corrupt)
        #expect(try fixture.bytes() == bytes)

        let (journal, aside) = try SQLiteJournal.openOrSetAside(at: fixture.path, now: Date(timeIntervalSince1970: 1_790_000_000))
        #expect(aside == FilePath(fixture.path.string + ".corrupt-20260921T141320Z"))
        #expect(try fixture.bytes("journal.sqlite.corrupt-20260921T141320Z") == bytes)
        #expect(try journal.runs(of: nil, limit: 1).isEmpty)
        try journal.end(JournalFixture.ended(1, .succeeded))
        try journal.close()
        #expect(try SQLiteJournal.openOrSetAside(at: fixture.path, now: JournalFixture.second).setAside == nil)
    }

    @Test("of a large file, runs and state are examined", arguments: [nil, Damage.pages, .header, .noTables])
    func large(_ kind: Damage?) throws {
        try makeClosed()
        if let kind { try damage(kind) }
        let path = fixture.path
        let found = code { try SQLiteJournal.translating(path) { try SQLiteJournal.examine(path, wholeUpTo: 0) } }
        #expect(found == (kind == nil ? nil : .corrupt))
    }

    @Test("what root makes belongs to the folder's owner", .enabled(if: UnprivilegedUser.ifRoot != nil))
    func ownership() throws {
        let user = try #require(UnprivilegedUser.ifRoot)
        try FileManager.default.createDirectory(atPath: fixture.folder.file("state"), withIntermediateDirectories: false)
        try user.own(fixture.folder.file("state"))
        let journal = try fixture.open()
        try journal.commit([.missed(job: "j", count: 1)])
        for name in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "journal.sqlite.lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.folder.file("state/" + name))
            #expect((attributes[.ownerAccountID] as? NSNumber)?.uint32Value == user.user, "\(name)")
        }
    }

    @Test("a second file of the same second gets a name of its own, and companions go along")
    func twiceSetAside() throws {
        for round in 1...3 {
            try makeClosed()
            try damage(.text)
            let log = fixture.path.string + "-wal"
            try Data("log \(round)".utf8).write(to: URL(fileURLWithPath: log))
            let (journal, aside) = try SQLiteJournal.openOrSetAside(at: fixture.path, now: Date(timeIntervalSince1970: 1_790_000_000))
            try journal.close()
            let name = try #require(aside).string
            #expect(name.hasSuffix(round == 1 ? "Z" : "Z-\(round)"))
            #expect(try String(contentsOfFile: name + "-wal", encoding: .utf8) == "log \(round)")
            try FileManager.default.removeItem(atPath: fixture.path.string)
        }
    }

    @Test("random damage is found or harmless, and never ends the process")
    func randomDamage() throws {
        try makeClosed()
        let whole = try fixture.bytes()
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<60 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...30, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            try fixture.replace(bytes)
            do {
                let journal = try SQLiteJournal.openOrSetAside(at: fixture.path, now: JournalFixture.second).journal
                _ = try journal.summaries()
                _ = try journal.runs(of: nil, limit: 1_000).map { try journal.details(of: $0.id) }
                try journal.end(JournalFixture.ended(1_000, .failed))
                _ = try journal.trim(HistoryLimits(runs: 10), now: JournalFixture.second)
                try journal.close()
            } catch {
                #expect(error is JournalError)
            }
            for name in try fixture.names() { try FileManager.default.removeItem(atPath: fixture.folder.file("state/\(name)")) }
        }
    }

    @Test("a journal of a newer version is refused and left as it is")
    func newer() throws {
        try makeClosed()
        var bytes = try fixture.bytes()
        bytes[63] += 6
        try fixture.replace(bytes)
        for open in [
            SQLiteJournal.init(at:), SQLiteJournal.init(reading:),
            { try SQLiteJournal.openOrSetAside(at: $0, now: JournalFixture.second).journal },
        ] {
            let error = #expect(throws: JournalError.self) { _ = try open(fixture.path) }
            #expect(error?.code == .newer)
            #expect(error?.problem.contains("version \(JournalSchema.version + 6)") == true)
            #expect(error?.problem.contains("up to \(JournalSchema.version)") == true)
            #expect(error?.remedy == "upgrade opsd")
        }
        #expect(try fixture.bytes() == bytes)
        #expect(try fixture.names().allSatisfy { !$0.contains("corrupt") })
    }

    @Test("runs with a word of a newer version are left out, and the others are there", arguments: ["outcome", "kind", "trigger", "state"])
    func newWords(_ column: String) throws {
        let journal = try fixture.open()
        for number in 1...3 { try journal.end(JournalFixture.ended(number, .succeeded)) }
        try journal.execute("UPDATE runs SET \(column) = 'tomorrow' WHERE id = '\(JournalFixture.id(2))'")
        try journal.execute("UPDATE outcome_totals SET outcome = 'tomorrow'; UPDATE job_summaries SET last_outcome = 'tomorrow'")
        #expect(try journal.runs(of: nil, limit: 9).map(\.id) == [3, 1].map(JournalFixture.id))
        #expect(try journal.details(of: JournalFixture.id(2)) == nil)
        #expect(try journal.unfinishedRuns().isEmpty)
        #expect(try journal.summaries()["nightly"]?.totals == [:])
        #expect(try journal.summaries()["nightly"]?.lastOutcome == nil)
    }

    // MARK: - Older versions

    /// A journal as the first version wrote it: a newer one without what was added since.
    private func makeFirstVersion() throws {
        let journal = try fixture.open()
        try journal.end(JournalFixture.ended(1, .succeeded), numbers: ["new_blobs": 5])
        try journal.end(JournalFixture.ended(2, .refused, at: 100), numbers: ["new_blobs": 9])
        try journal.end(JournalFixture.ended(3, .failed, job: "other"))
        try journal.execute(
            """
            DROP TABLE refusal_totals; DROP TABLE latest_numbers; ALTER TABLE runs DROP COLUMN reason; PRAGMA user_version = 1
            """)
        try journal.close()
    }

    @Test("a journal of the first version is brought up, and loses nothing")
    func migrated() throws {
        try makeFirstVersion()
        #expect(code { _ = try SQLiteJournal(reading: fixture.path) } == .failed)
        let (journal, aside) = try SQLiteJournal.openOrSetAside(at: fixture.path, now: JournalFixture.second)
        #expect(aside == nil)
        let summary = try #require(try journal.summaries()["nightly"])
        #expect(summary.totals == [.succeeded: 1, .refused: 1] && summary.refusals == ["other": 1])
        #expect(summary.lastNumbers == ["new_blobs": 5] && summary.latestNumbers == ["new_blobs": 5])
        #expect(try journal.runs(of: nil, limit: 9).count == 3)
        var record = JournalFixture.ended(4, .refused, at: 200)
        record.reason = "requires"
        try journal.end(record, numbers: ["new_blobs": 11])
        #expect(try journal.summaries()["nightly"]?.refusals == ["other": 1, "requires": 1])
        #expect(try journal.summaries()["nightly"]?.latestNumbers == ["new_blobs": 11])
        #expect(try journal.summaries()["other"]?.refusals == [:])
        try journal.close()
        #expect(try fixture.open().summaries()["nightly"]?.refusals == ["other": 1, "requires": 1])
    }

    // MARK: - What is no damage

    @Test("what is no damage sets nothing aside")
    func denied() throws {
        try FileManager.default.createDirectory(atPath: fixture.path.string, withIntermediateDirectories: true)
        let found = code { _ = try SQLiteJournal.openOrSetAside(at: fixture.path, now: JournalFixture.second) }
        #expect(found != nil && found != .corrupt)
        #expect(try fixture.names() == ["journal.sqlite"])
        let inFile = FilePath(fixture.folder.file("plain/journal.sqlite"))
        try Data().write(to: URL(fileURLWithPath: fixture.folder.file("plain")))
        #expect(code { _ = try SQLiteJournal(at: inFile) } != nil)
    }

    @Test("a writer that holds the file makes a commit wait and then fail, and sets nothing aside")
    func busy() throws {
        let (first, second) = (try fixture.open(), try fixture.open())
        try first.execute("PRAGMA busy_timeout = 50")
        try second.write { _ in
            #expect(code { try first.commit([.missed(job: "j", count: 1)]) } == .unavailable)
            let seen = try first.summaries()
            #expect(seen.isEmpty)
        }
        try first.commit([.missed(job: "j", count: 1)])
        #expect(try second.summaries()["j"]?.missed == 1)
    }

    @Test("commits to a file that was moved away are refused")
    func movedAway() throws {
        let journal = try fixture.open()
        try FileManager.default.moveItem(atPath: fixture.path.string, toPath: fixture.path.string + ".old")
        #expect(code { try journal.commit([.missed(job: "j", count: 1)]) } == .absent)
        try fixture.replace([])
        #expect(code { try journal.checkWritable() } == .absent)
    }

    @Test("many openers of a new, a damaged and a whole journal all get the same one", arguments: [nil, Damage.text])
    func openers(_ kind: Damage?) async throws {
        if let kind {
            try makeClosed()
            try damage(kind)
        }
        let path = fixture.path
        let asides = try await withThrowingTaskGroup(of: FilePath?.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let (journal, aside) = try SQLiteJournal.openOrSetAside(at: path, now: JournalFixture.second)
                    try journal.end(JournalFixture.ended(number, .succeeded))
                    return aside
                }
            }
            return try await group.reduce(into: []) { all, aside in if let aside { all.append(aside) } }
        }
        #expect(asides.count == (kind == nil ? 0 : 1))
        #expect(try fixture.open().summaries()["nightly"]?.totals == [.succeeded: 8])
    }
}
