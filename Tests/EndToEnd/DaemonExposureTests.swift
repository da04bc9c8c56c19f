import Foundation
import HarborLab
import LabServers
import Testing

@Suite("what opsd serve shows to others", .offThePool, .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct DaemonExposureTests {
    @Test("with a certificate and a token the metrics are served by TLS, to whoever shows the token")
    func protected() throws {
        let host = try RegistryHost()
        let port = try host.listenPort()
        let (key, certificate, token) = (host.folder.file("tls.key"), host.folder.file("tls.pem"), host.folder.file("token"))
        _ = try Program.succeed(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj",
                "/CN=localhost",
                "-addext", "subjectAltName=IP:127.0.0.1",
            ])
        try "a-token-of-the-test\n".write(toFile: token, atomically: true, encoding: .utf8)
        for file in [key, token] { try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file) }
        try host.edit(
            "listen: 127.0.0.1:\(port)\n",
            "listen: {address: 127.0.0.1:\(port), certificate: \(certificate), key_file: \(key), token_file: \(token)}\n")
        let server = try ServerProcess(
            [Project.programs + "/opsd", "serve", "--config", host.configuration], log: host.folder.file("serve.log"))
        defer { server.stop() }
        func ask(_ more: String...) throws -> (status: Int32, code: String) {
            let words = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", certificate] + more
            let result = try Program.run("curl", words + ["https://127.0.0.1:\(port)/metrics"])
            return (result.status, result.output)
        }
        #expect(try Polling.wait(seconds: 60) { try ask().status == 0 })
        #expect(try ask().code == "401" && ask("-H", "Authorization: Bearer a-token-of-the-tess").code == "401")
        #expect(try ask("-H", "Authorization: Bearer a-token").code == "401" && ask("-H", "Authorization: Bearer ").code == "401")
        #expect(try ask("-H", "Authorization: Bearer a-token-of-the-test").code == "200")
        #expect(try Program.run("curl", ["-s", "https://127.0.0.1:\(port)/metrics"]).status == 60, "nobody else vouches for it")
    }

    @Test("the textfile for node_exporter appears whole, readable for others, and goes on being written")
    func textfile() throws {
        let host = try RegistryHost()
        let file = host.folder.file("opsd.prom")
        try host.edit("objectives:", "textfile: \(file)\nobjectives:")
        let daemon = try RunningDaemon(host)
        #expect(Polling.wait(seconds: 60) { FileManager.default.fileExists(atPath: file) })
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains("\nopsd_build_info{") && text.hasSuffix("\n"))
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o644)
        #expect(try host.opsd("run-now", "backup").status == 0)
        #expect(
            try Polling.wait(seconds: 60) {
                try String(contentsOfFile: file, encoding: .utf8).contains("opsd_vault_chain_sequence{vault=\"main\"} 1")
            })
        #expect(daemon.isRunning)
    }

    @Test(
        "what the unit grants opsd is kept from what opsd starts",
        .enabled(if: geteuid() == 0 && Program.find("setpriv") != nil, "needs root and setpriv"))
    func capabilities() throws {
        let host = try RegistryHost()
        _ = try host.listenPort()
        let rights = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
        let server = try ServerProcess(
            [try Program.located("setpriv")] + rights + [Project.programs + "/opsd", "serve", "--config", host.configuration],
            log: host.folder.file("serve.log"))
        defer { server.stop() }
        #expect(try Polling.wait(seconds: 60) { try host.opsd("status").output.contains("is ready") })
        // Each thread has sets of its own, and each may start programs.
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(server.pid)/task")
        #expect(threads.count > 2)
        for thread in threads {
            let status = try String(contentsOfFile: "/proc/\(server.pid)/task/\(thread)/status", encoding: .utf8)
            #expect(status.contains("CapAmb:\t0000000000000000"), "\(status)")
        }
    }

    @Test(
        "whoever may not open the socket is told so, and nothing runs behind the daemon's back", .enabled(if: geteuid() == 0, "needs root"))
    func stranger() throws {
        let host = try RegistryHost()
        let daemon = try RunningDaemon(host)
        for folder in [host.folder.file(""), host.state] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: host.configuration)
        for words in [["run-now", "backup"], ["status"]] {
            let result = try Program.run(
                Project.programs + "/opsd", words + ["--config", host.configuration], asUser: UnprivilegedUser(user: 65534, group: 65534))
            #expect(result.status == 69 && result.errors.contains("group"), "\(result.status) \(result.errors)\(result.output)")
        }
        #expect(try daemon.metric("opsd_job_runs_total{job=\"backup\",outcome=\"succeeded\"}") == 0)
    }
}
