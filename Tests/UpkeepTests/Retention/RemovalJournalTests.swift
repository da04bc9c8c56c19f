import Foundation
import JobEngine
import LabServers
import LocalIO
import SystemPackage
import Testing

@testable import Upkeep

@Suite("The journal of removals")
struct RemovalJournalTests {
    private let folder: TemporaryFolder
    private var path: FilePath { FilePath(folder.file("retention-0.applied")) }

    init() throws { folder = try TemporaryFolder("opsd-removals") }

    private func journal(_ plan: String = "aa") throws -> RemovalJournal {
        try RemovalJournal(path, plan: plan, wallclock: StillWallClock(now: Samples.now))
    }

    private func target(_ id: Int64, _ tag: String? = nil) -> RemovalJournal.Target { RemovalJournal.Target(id: id, tag: tag) }

    @Test("a later run knows what was begun and how it ended")
    func life() throws {
        let first = try journal()
        #expect(first.isEmpty && !Folder.exists(path))
        try first.begin(target(1), "a/b@1")
        try first.begin(target(2), "a/b@2")
        for (id, result) in zip(Int64(2)..., [RemovalJournal.Result.removed, .gone, .changed, .kept, .failed]) {
            try first.end(target(id), result)
        }
        try first.begin(target(7, "x"), "a/b:x")
        let second = try journal()
        #expect((1...8).map { second.claims(target(Int64($0))) } == [true, true, true, false, false, false, false, false])
        #expect(second.claims(target(7, "x")) && !second.claims(target(7, "y")))
        try second.begin(target(6), "a/b@6")
        #expect(try journal().claims(target(6)))
    }

    @Test("every length to which a crash may cut the last record is read, and what is whole before it counts", arguments: 0..<6)
    func torn(_ seed: Int) throws {
        let first = try journal()
        try first.begin(target(1), "a/b@1")
        let whole = try FileReader.contents(of: path)
        try first.begin(target(2), "a/b@2")
        let all = try FileReader.contents(of: path)
        for length in stride(from: whole.count + seed, to: all.count, by: 6) {
            try DurableFile.write(Array(all.prefix(length)), to: path, replacing: true)
            let read = try journal()
            #expect(read.claims(target(1)) && !read.claims(target(2)))
            try read.begin(target(3), "a/b@3")
            #expect(try journal().claims(target(3)))
        }
    }

    @Test("the journal of another plan is not believed")
    func other() throws {
        try journal("aa").begin(target(1), "a/b@1")
        let error = #expect(throws: UpkeepError.self) { try journal("bb") }
        #expect(error?.code == .corrupt)
    }
}
