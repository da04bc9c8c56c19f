import Foundation
import HarborLab
import LabServers
import Testing

@Suite("opsd serve under bad conditions", .offThePool, .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct DaemonFaultTests {
    /// Starts the daemon and waits for its end.
    private func serve(_ host: RegistryHost) throws -> ProgramResult { try host.opsd("serve") }

    @Test("what keeps it from starting is said with the right status, and nothing is lost")
    func start() throws {
        let host = try RegistryHost()
        let good = try String(contentsOfFile: host.configuration, encoding: .utf8)
        for (slip, words) in [
            ("jobs:\n", "unknown key"), ("schedule: \"0 25 * * *\"", "is no schedule"), ("schedule: \"0 0 30 2 *\"", "is no schedule"),
            ("timezone: Europe/Berlim", "is not a time zone"),
        ] {
            let broken =
                slip == "jobs:\n"
                ? good.replacing("jobs:\n", with: "jobz: 1\njobs:\n")
                : slip.hasPrefix("timezone")
                    ? good.replacing("timezone: UTC", with: slip) : good.replacing("schedule: \"15 2 * * *\"", with: slip)
            #expect(broken != good)
            try broken.write(toFile: host.configuration, atomically: true, encoding: .utf8)
            let result = try serve(host)
            #expect(result.status == 78 && result.errors.contains(words), "\(result.errors)")
        }
        try good.write(toFile: host.configuration, atomically: true, encoding: .utf8)

        let daemon = try RunningDaemon(host)
        let second = try serve(host)
        #expect(second.status == 75 && second.errors.contains("process \(daemon.pid)"), "\(second.errors)")

        // Another configuration on the same port.
        let other = try RegistryHost(initialized: false)
        _ = try other.listenPort()
        try other.edit("listen: 127.0.0.1:\(try other.listenPort())", "listen: 127.0.0.1:\(daemon.port)")
        let taken = try serve(other)
        #expect(taken.status == 69 && taken.errors.contains("cannot listen on 127.0.0.1:\(daemon.port)"), "\(taken.errors)")

        let nowhere = try RegistryHost(initialized: false)
        try FileManager.default.removeItem(atPath: nowhere.state)
        try "a file".write(toFile: nowhere.state, atomically: true, encoding: .utf8)
        let unusable = try serve(nowhere)
        #expect(unusable.status == 69 && unusable.errors.contains("state directory"), "\(unusable.errors)")
        #expect(try daemon.get("/readyz").status == 200, "the first one never noticed")
    }

    @Test("what stands at the place of the socket is never taken away")
    func socketPlace() throws {
        let host = try RegistryHost()
        _ = try host.listenPort()
        let socket = host.state + "/control.sock"
        try "precious".write(toFile: socket, atomically: true, encoding: .utf8)
        let foreign = try serve(host)
        #expect(foreign.status == 78 && foreign.errors.contains("is no socket"), "\(foreign.errors)")
        #expect(try String(contentsOfFile: socket, encoding: .utf8) == "precious")
        try FileManager.default.removeItem(atPath: socket)

        // Another state directory and port, and the same socket by mistake.
        let daemon = try RunningDaemon(host)
        let other = try RegistryHost(initialized: false)
        _ = try other.listenPort()
        try other.edit("control_socket: \(other.state)/control.sock", "control_socket: \(socket)")
        let second = try serve(other)
        #expect(second.status == 75 && second.errors.contains("another process answers at the control socket"), "\(second.errors)")
        #expect(!second.errors.contains("ServiceGroupError") && !second.errors.contains("CancellationError"), "\(second.errors)")
        #expect(try host.opsd("status").output.contains("process \(daemon.pid)"), "the first one still answers")
    }

    @Test("a corrupt journal is set aside, never deleted, and the daemon starts with a new one")
    func corrupt() throws {
        let host = try RegistryHost()
        #expect(try host.backup().status == 0)
        let damaged = Data("this is no database, whatever it was before".utf8) + Data(repeating: 7, count: 9000)
        for file in ["journal.sqlite-wal", "journal.sqlite-shm"] { try? FileManager.default.removeItem(atPath: host.state + "/" + file) }
        try damaged.write(to: URL(filePath: host.state + "/journal.sqlite"))
        let daemon = try RunningDaemon(host)
        #expect(daemon.log.contains("journal was corrupt, set aside"))
        let kept = try FileManager.default.contentsOfDirectory(atPath: host.state).filter { $0.hasPrefix("journal.sqlite.corrupt-") }
        #expect(try kept.contains { try Data(contentsOf: URL(filePath: host.state + "/" + $0)) == damaged })
        #expect(try host.opsd("run-now", "backup").status == 0)
        #expect(try host.opsd("status").output.contains("a corrupt journal was set aside"))
    }

    @Test("garbage, oversized and hanging requests, and hundreds of run-now at once leave the daemon well")
    func hostile() throws {
        let host = try RegistryHost()
        let daemon = try RunningDaemon(host)
        let socket = host.state + "/control.sock"
        let script = """
            import os, socket, sys
            path, port = sys.argv[1], int(sys.argv[2])
            def unix():
                s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(path); return s
            def tcp():
                s = socket.create_connection(("127.0.0.1", port), timeout=20); return s
            hanging = [make() for make in (unix, tcp) for _ in range(30)]
            for s in hanging[::2]: s.sendall(b"GET /v1/sta")
            for make in (unix, tcp):
                for text in (b"\\x00\\xff garbage \\r\\n\\r\\n", b"GET / HTTP/9.9\\r\\n\\r\\n", b"A" * 200000,
                             b"GET /" + b"a" * 100000 + b" HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n",
                             b"POST /v1/jobs/backup/pause HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 5000000\\r\\n\\r\\n" + b"x" * 300000,
                             b"POST /v1/jobs/backup/pause HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 9\\r\\n\\r\\nnot json!"):
                    s = make()
                    try:
                        s.sendall(text)
                        s.recv(65536)
                    except OSError:
                        pass
                    s.close()
            print("done")
            """
        let attack = try Program.run("python3", ["-c", script, socket, "\(daemon.port)"])
        #expect(attack.output.contains("done"), "\(attack.errors)")
        #expect(try daemon.get("/healthz").status == 200)
        #expect(try host.opsd("status").status == 0)

        let curl = "curl -s -o /dev/null -w '%{http_code}\\n' -m 60 --unix-socket '\(socket)' -X POST http://opsd/v1/jobs/backup/runs"
        let lock = try host.lockArtifacts()
        let answers = try Program.run("sh", ["-c", "seq 300 | xargs -P 50 -I{} \(curl)"])
        try host.unlockArtifacts(lock)
        let codes = answers.output.split(separator: "\n")
        #expect(codes.count == 300 && codes.count { $0 == "201" } == 1 && codes.count { $0 == "409" } == 299, "\(Set(codes))")
        #expect(try Polling.wait(seconds: 60) { try host.runLines("backup") == ["succeeded backup manual"] })
        #expect(try daemon.get("/readyz").status == 200)
    }

    @Test(
        "the metrics are clean for promtool, and nothing on the listening address changes anything",
        .enabled(if: Program.find("promtool") != nil, "needs promtool"))
    func metrics() throws {
        let host = try RegistryHost()
        let daemon = try RunningDaemon(host)
        #expect(try host.opsd("run-now", "backup").status == 0)
        let page = try Program.run("curl", ["-s", "-i", "http://127.0.0.1:\(daemon.port)/metrics"])
        #expect(page.output.lowercased().contains("content-type: text/plain; version=0.0.4; charset=utf-8"))
        let check = try Program.run("promtool", ["check", "metrics"], input: Array(try daemon.get("/metrics").body.utf8) + [0x0A])
        #expect(check.status == 0 && check.errors.isEmpty && check.output.isEmpty, "\(check.output)\(check.errors)")
        #expect(try daemon.metric("opsd_vault_chain_sequence{vault=\"main\"}") == 1)
        #expect(try daemon.metric("opsd_source_broken_blobs{reason=\"rotten\"}") == 0)
        #expect(try daemon.get("/v1/status").status == 404)
        let post = try Program.run(
            "curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "http://127.0.0.1:\(daemon.port)/v1/jobs/backup/runs"])
        #expect(post.output == "404")
    }

    @Test("the socket is open to owner and group alone, also where the umask would open it further")
    func socketMode() throws {
        let host = try RegistryHost()
        let daemon = try RunningDaemon(host)
        let mode = try FileManager.default.attributesOfItem(atPath: host.state + "/control.sock")[.posixPermissions] as? Int
        #expect(mode == 0o660)
        daemon.signal(SIGKILL)
        #expect(daemon.waitForEnd())
        #expect(FileManager.default.fileExists(atPath: host.state + "/control.sock"), "a killed daemon leaves its socket")
        let again = try RunningDaemon(host)
        #expect(try host.json("status")["daemon"].map { "\($0)" }?.contains("\(again.pid)") == true, "the stale one was replaced")
    }
}
