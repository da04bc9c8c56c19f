import Foundation
import LabServers

/// A running `opsd serve` of the built program, under a notify socket that the test listens on.
final class RunningDaemon: Sendable {
    private let server: ServerProcess
    private let host: RegistryHost
    let notify: NotifyListener
    let port: Int

    var pid: Int32 { server.pid }
    var isRunning: Bool { server.isRunning }
    var log: String { (try? String(contentsOfFile: Self.logFile(host), encoding: .utf8)) ?? "" }  // an absent log is an empty one

    private static func logFile(_ host: RegistryHost) -> String { host.folder.file("serve.log") }

    /// Starts the daemon; `listen:` is added to the host's configuration the first time.
    init(_ host: RegistryHost, watchdog: Int? = nil, waiting: Bool = true) throws {
        self.host = host
        port = try host.listenPort()
        notify = try NotifyListener(host.folder.file("notify-\(UInt32.random(in: 0 ... .max)).sock"))
        var command = ["/usr/bin/env", "NOTIFY_SOCKET=\(notify.path)"]
        if let watchdog { command.append("WATCHDOG_USEC=\(watchdog)") }
        command += [Project.programs + "/opsd", "serve", "--config", host.configuration]
        server = try ServerProcess(command, log: Self.logFile(host), asUser: nil)
        if waiting, !notify.wait(for: "READY=1", seconds: 60) {
            throw LabError(.serverFailed, "opsd serve is not ready: \(log)")
        }
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for the end of the process.
    func waitForEnd(seconds: Double = 60) -> Bool { Polling.wait(seconds: seconds) { !server.isRunning } }

    func stop() { server.stop() }

    /// An answer of the listening address.
    func get(_ path: String) throws -> (status: Int, body: String) {
        let result = try Program.run("curl", ["-s", "-m", "20", "-w", "\n%{http_code}", "http://127.0.0.1:\(port)\(path)"])
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    /// The value of a sample; nil where the page has none.
    func metric(_ sample: String) throws -> Double? {
        let line = try get("/metrics").body.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
        return line.flatMap { Double($0.dropFirst(sample.count + 1)) }
    }
}

/// Receives what a daemon tells systemd.
final class NotifyListener: Sendable {
    let path: String
    private let descriptor: Int32
    private let file: String

    init(_ path: String) throws {
        self.path = path
        file = path + ".log"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard descriptor >= 0, path.utf8.count < room else { throw LabError(.system, "no socket for \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard bound == 0 else { throw LabError(.system, "cannot bind \(path): \(String(cString: strerror(errno)))") }
        guard FileManager.default.createFile(atPath: file, contents: nil) else { throw LabError(.system, "cannot make \(file)") }
    }

    deinit { close(descriptor) }

    /// Everything that was told so far, one message after the other.
    func messages() -> [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            // Kept in a file: several readers of this listener see the same messages.
            if let handle = FileHandle(forWritingAtPath: file) {
                handle.seekToEndOfFile()
                handle.write(Data(buffer[..<count] + [0]))
                handle.closeFile()
            }
        }
        let all = (try? Data(contentsOf: URL(filePath: file))) ?? Data()  // nothing was told yet
        return all.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    func wait(for line: String, seconds: Double = 60, count: Int = 1) -> Bool {
        Polling.wait(seconds: seconds) {
            self.messages().flatMap { $0.split(separator: "\n") }.count { $0 == line || $0.hasPrefix(line) } >= count
        }
    }
}

/// Waits for what another process does.
enum Polling {
    static func wait(seconds: Double, until isTrue: () throws -> Bool) rethrows -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            if try isTrue() { return true }
            usleep(20_000)
        }
        return try isTrue()
    }
}

extension RegistryHost {
    /// The port of `listen:` in the configuration, which gets one the first time.
    func listenPort() throws -> Int {
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        if let line = text.split(separator: "\n").first(where: { $0.hasPrefix("listen: 127.0.0.1:") }), let port = Int(line.dropFirst(18)) {
            return port
        }
        let port = try FreePort.next()
        try (text + "listen: 127.0.0.1:\(port)\n").write(toFile: configuration, atomically: true, encoding: .utf8)
        return port
    }

    /// Replaces text of the configuration.
    func edit(_ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        try text.replacing(old, with: new).write(toFile: configuration, atomically: true, encoding: .utf8)
    }

    /// What `opsd ... --json` prints.
    func json(_ words: String...) throws -> [String: Any] {
        let result = try opsd(words + ["--json"])
        guard let object = try JSONSerialization.jsonObject(with: Data(result.bytes)) as? [String: Any] else {
            throw LabError(.system, "no object: \(result.output) \(result.errors)")
        }
        return object
    }

    /// The runs of the journal, the newest first, as `state job trigger` with the outcome for a state where it has ended.
    func runLines(_ job: String...) throws -> [String] {
        let runs = try json("runs")["runs"] as? [[String: Any]] ?? []
        return runs.filter { run in job.isEmpty || job.contains(run["job"] as? String ?? "") }.map { run in
            "\(run["outcome"] as? String ?? run["state"] as? String ?? "?") \(run["job"] as? String ?? "?") \(run["trigger"] as? String ?? "?")"
        }
    }
}
