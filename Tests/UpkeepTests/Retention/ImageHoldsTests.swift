import Foundation
import LabServers
import LocalIO
import OCIImage
import Retention
import SystemPackage
import Testing
import Upkeep

@Suite("Holds on images")
struct ImageHoldsTests {
    private let folder: TemporaryFolder
    private var path: FilePath { FilePath(folder.path) }

    init() throws { folder = try TemporaryFolder("opsd-holds") }

    private func entry(_ target: ImageHold.Target, owner: String = "anna", days: Double = 10) -> ImageHolds.Entry {
        ImageHolds.Entry(
            hold: ImageHold(target, owner: owner, reason: "case 12", end: Samples.now.addingTimeInterval(86_400 * days)),
            created: Samples.now,
            by: "root")
    }

    @Test("what was placed is read again, holds until its end, and is released by its target")
    func life() throws {
        let image = ImageHold.Target.image(try Reference(parsing: "registry.example.com/a/b:1"))
        let all = ImageHold.Target.repositories(try DoublestarPattern(parsing: "team-*/**"))
        var holds = try ImageHolds(stateDirectory: path)
        #expect(holds.entries.isEmpty)
        try holds.add(entry(image))
        try holds.add(entry(all, days: 1))
        try holds.add(entry(image, owner: "bert"))
        try holds.add(entry(image, days: 20))
        var read = try ImageHolds(stateDirectory: path)
        #expect(read.entries == holds.entries && read.entries.count == 3)
        #expect(read.active(at: Samples.now).count == 3)
        #expect(read.active(at: Samples.now.addingTimeInterval(86_400 * 11)).map(\.owner) == ["anna"])
        #expect(try read.release(image, owner: "bert").count == 1)
        #expect(try read.release(image, owner: "bert").isEmpty)
        #expect(try read.release(image).count == 1)
        #expect(try ImageHolds(stateDirectory: path).entries.map(\.hold.target) == [all])
    }

    @Test("what others placed and released since the file was read is not undone")
    func others() throws {
        let images = try (1...3).map { ImageHold.Target.image(try Reference(parsing: "registry.example.com/a/b:\($0)")) }
        var mine = try ImageHolds(stateDirectory: path)
        var theirs = mine
        try theirs.add(entry(images[0]))
        try mine.add(entry(images[1]))
        #expect(mine.entries.map(\.hold.target) == [images[0], images[1]])
        #expect(try theirs.release(images[1]).count == 1)
        try mine.add(entry(images[2]))
        #expect(try ImageHolds(stateDirectory: path).entries.map(\.hold.target) == [images[0], images[2]])
    }

    @Test(
        "a damaged file blocks: it may hold what nobody sees",
        arguments: ["", "{", "[]", "{\"version\":1,\"entries\":[{}]}", "{\"version\":2,\"entries\":[]}"])
    func damaged(_ text: String) throws {
        try DurableFile.write(Array(text.utf8), to: path.appending("holds.json"), replacing: true)
        let error = #expect(throws: UpkeepError.self) { try ImageHolds(stateDirectory: path) }
        #expect(error?.code == .corrupt)
    }
}
