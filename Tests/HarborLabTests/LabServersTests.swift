import Foundation
import LabServers
import Testing

@Suite("servers of the lab")
struct LabServersTests {
    @Test("a program's output of any size comes back whole")
    func output() throws {
        let input = [UInt8](repeating: 65, count: 3_000_000)
        let result = try Program.run("cat", input: input)
        #expect(result.status == 0)
        #expect(result.bytes == input)
    }

    @Test("a program's status, errors, environment and folder are what they were")
    func program() throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(
            "sh", ["-c", "pwd; echo $WORD; echo oops >&2; exit 7"], environment: ["WORD": "ä"], folder: folder.path)
        #expect(result.status == 7)
        #expect(result.output == "\(folder.path)\nä\n")
        #expect(result.errors == "oops\n")
        #expect(try Program.run("sh", ["-c", "kill -TERM $$"]).status == 143)
        #expect(throws: LabError.self) { try Program.run("no-such-program-here") }
        #expect(throws: LabError.self) { try Program.succeed("false") }
    }

    @Test("a temporary folder goes with its value")
    func folder() throws {
        var path = ""
        do {
            let folder = try TemporaryFolder()
            path = folder.path
            try Data("x".utf8).write(to: URL(filePath: folder.file("x")))
            #expect(FileManager.default.fileExists(atPath: path))
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a server ends when it is stopped, and its folder stays")
    func stop() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(["/bin/sleep", "600"], log: folder.file("log"), lifetime: .guarded(removing: folder.path))
        #expect(server.isRunning)
        server.stop()
        #expect(!server.isRunning)
        #expect(FileManager.default.fileExists(atPath: folder.path))
    }

    @Test("a server that nobody holds any more ends, and its folder goes")
    func dropped() throws {
        let folder = try TemporaryFolder()
        let identity = try ServerProcess(["/bin/sleep", "600"], log: folder.file("log"), lifetime: .guarded(removing: folder.path)).identity
        #expect(!identity.isRunning)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test("a detached server is stopped by whoever knows it, and by nobody who means an earlier process of that id")
    func detached() throws {
        let folder = try TemporaryFolder()
        let identity = try ServerProcess(["/bin/sleep", "600"], log: folder.file("log"), lifetime: .detached).identity
        #expect(identity.isRunning)
        let json = String(decoding: try JSONEncoder().encode(identity), as: UTF8.self)
        let earlier = json.replacing("\(identity.startTime)", with: "\(identity.startTime - 1)")
        ServerProcess(attachingTo: try JSONDecoder().decode(ServerProcess.Identity.self, from: Data(earlier.utf8))).stop()
        #expect(identity.isRunning)
        ServerProcess(attachingTo: identity).stop()
        #expect(!identity.isRunning)
    }

    @Test(
        "PostgreSQL answers in UTF-8, and every test has a database of its own",
        .enabled(if: PostgresCluster.available(), "skipped: no PostgreSQL"))
    func postgres() throws {
        let cluster = try PostgresCluster.shared
        let databases = try [cluster.makeDatabase(), cluster.makeDatabase()]
        #expect(Set(databases).count == 2)
        #expect(try cluster.psql("SHOW server_encoding; SELECT 'ä|b', 2", database: databases[0]) == "UTF8\nä|b|2")
        #expect(throws: LabError.self) { try cluster.psql("SELECT 1", password: "wrong") }
        #expect(throws: LabError.self) { try cluster.psql("SELECT 1 / 0") }
        for database in databases { try cluster.dropDatabase(database) }
    }

    @Test("a registry refuses writes when it is read-only", .enabled(if: RegistryServer.available(), "skipped: no docker-registry"))
    func registry() throws {
        let folder = try TemporaryFolder()
        let registry = try RegistryServer.start(storage: folder.file("storage"), readonly: true)
        #expect(try registry.request("GET", "/v2/").status == 200)
        #expect(try registry.request("POST", "/v2/a/blobs/uploads/").status == 405)
        registry.stop()
        #expect(!registry.isRunning)
    }
}
