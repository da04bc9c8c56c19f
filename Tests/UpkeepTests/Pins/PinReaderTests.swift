import CurlTransport
import Foundation
import HarborAPI
import JobEngine
import LabServers
import Postgres
import Retention
import Testing
import Upkeep

/// A time of day that stands still.
struct StillWallClock: WallClock {
    var now: Date
}

@Suite("Reading the lists of pins", .timeLimit(.minutes(1)))
struct PinReaderTests {
    private let folder: TemporaryFolder
    private let access: HarborAccess

    init() throws {
        folder = try TemporaryFolder("opsd-pins")
        // Nothing is ever asked there.
        let settings = HarborSettings(
            url: "https://registry.example.com", account: HarborAccount(username: "nobody", password: .init("none")), version: "test")
        access = HarborAccess(
            client: HarborClient(settings, transport: CurlTransport(), clock: ContinuousClock()), registry: "registry.example.com",
            database: PostgresSettings(host: "127.0.0.1", port: 1, database: "none", user: "none"), wallclock: StillWallClock(now: Date()),
            clock: ContinuousClock())
    }

    private func file(_ name: String, _ text: String, age: TimeInterval = 60) throws -> PinSettings.Source {
        let path = folder.file(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let date = access.wallclock.now.addingTimeInterval(-age)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
        return PinSettings.Source(name: name, origin: .file(path))
    }

    private func command(_ script: String, limit: Duration = .seconds(30)) -> PinSettings.Source {
        PinSettings.Source(name: "cluster", origin: .command(["/bin/sh", "-c", script], limit: limit))
    }

    private func refusal(_ sources: [PinSettings.Source], least: Int = 1) async -> (refusal: Refusal?, text: String) {
        let settings = PinSettings(sources: sources, greatestAge: .seconds(3600), least: least)
        let error = await #expect(throws: UpkeepError.self) { try await PinReader(settings: settings, access: access).read() }
        guard let error, case .refused(let refusal) = error.code else { return (nil, "") }
        return (refusal, error.description)
    }

    @Test("all sources together are the pins, each with its age and counts")
    func together() async throws {
        let sources = [
            try file("shop", "registry.example.com/a/b:1 registry.example.com/a/b:2 # both\nquay.io/x/y", age: 600),
            command("echo registry.example.com/a/b:2 registry.internal:5000/c/d:1"),
        ]
        let settings = PinSettings(sources: sources, registries: ["registry.internal:5000"])
        let list = try await PinReader(settings: settings, access: access).read()
        #expect(
            list.sources.map(\.name) == ["shop", "cluster"] && list.sources.map(\.pins) == [2, 2] && list.sources.map(\.foreign) == [1, 0])
        #expect(abs(list.sources[0].written.timeIntervalSince(access.wallclock.now) + 600) < 1)
        #expect(list.pins.pins.count == 4 && list.references.count == 3)
    }

    @Test("a file that nobody writes any more blocks, and one of tomorrow, too")
    func stale() async throws {
        let old = await refusal([try file("shop", "registry.example.com/a/b:1", age: 3700)])
        #expect(old.refusal == .pinsStale && old.text.contains("'shop'") && old.text.contains("3600 s"))
        #expect(await refusal([try file("shop", "registry.example.com/a/b:1", age: -900)]).refusal == .pinsStale)
    }

    @Test("an empty list blocks although another has pins", arguments: ["", "\n \n", "# nothing runs\n"])
    func empty(_ text: String) async throws {
        let full = try file("shop", "registry.example.com/a/b:1")
        let result = await refusal([full, try file("other", text)])
        #expect(result.refusal == .pinsEmpty && result.text.contains("'other'"))
        #expect(await refusal([command("true")]).refusal == .pinsEmpty)
    }

    @Test("too few images of this registry block: a list of another cluster is none of ours")
    func few() async throws {
        #expect(await refusal([try file("shop", "quay.io/a/b:1 nginx")]).refusal == .pinsEmpty)
        let hidden = await refusal([try file("shop", "registry.example.com/a/b:1"), try file("other", "new.example.com/a/b:1")])
        #expect(hidden.refusal == .pinsEmpty && hidden.text.contains("'other'") && hidden.text.contains("pins.registries"))
        let result = await refusal([try file("shop", "registry.example.com/a/b:1 registry.example.com/a/b:1")], least: 2)
        #expect(result.refusal == .pinsEmpty && result.text.contains("name 1 images"))
    }

    @Test("a file that was just written is looked at once more, and blocks where it goes on growing", arguments: [false, true])
    func growing(_ grows: Bool) async throws {
        let path = folder.file("shop")
        let source = try file("shop", "registry.example.com/a/b:1", age: 0)
        let clock = PauseClock {
            guard grows, let handle = FileHandle(forWritingAtPath: path) else { return }
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("2\nregistry.example.com/a/c:1\n".utf8))
            try handle.close()
        }
        let access = HarborAccess(
            client: access.client, registry: access.registry, database: access.database, wallclock: access.wallclock, clock: clock)
        let reader = PinReader(settings: PinSettings(sources: [source]), access: access)
        guard grows else {
            #expect(try await reader.read().references.count == 1)
            #expect(clock.pauses == [.seconds(2)])
            return
        }
        let error = await #expect(throws: UpkeepError.self) { try await reader.read() }
        #expect(error?.code == .refused(.pinsUnreadable) && error?.description.contains("'shop'") == true)
        #expect(try await reader.read().references.count == 2)
    }

    @Test("what cannot be read or understood blocks, and says which list it is")
    func unreadable() async throws {
        let sources = [
            PinSettings.Source(name: "cluster", origin: .file(folder.file("absent"))),
            try file("cluster", "registry.example.com/a/b:1 <none>"),
            command("echo registry.example.com/a/b:1; echo denied >&2; exit 1"),
            command("sleep 60", limit: .milliseconds(200)),
            command("printf '\\377\\376'"),
            PinSettings.Source(name: "cluster", origin: .command(["opsd-no-such-program"], limit: .seconds(1))),
        ]
        for source in sources {
            let result = await refusal([source])
            #expect(result.refusal == .pinsUnreadable && result.text.contains("'cluster'"))
        }
        #expect(await refusal([sources[2]]).text.contains("said: denied"))
    }
}
