import Foundation
import Synchronization

/// A real PostgreSQL server of our own: loopback and a unix socket, passwords by SCRAM, UTF-8, and no care for durability.
package final class PostgresCluster: Sendable {
    /// The TCP port on 127.0.0.1.
    package let port: Int
    /// The name of the superuser.
    package let superuser = "postgres"
    /// The superuser's password.
    package let password: String
    /// The folder of the unix socket.
    package let socketFolder: String
    /// The folder with this server's own `psql`, `pg_dump` and so on.
    package let binaries: String
    /// Which process the server is.
    package var identity: ServerProcess.Identity { server.identity }
    /// Whether the server has not ended.
    package var isRunning: Bool { server.isRunning }

    private let server: ServerProcess
    private let folder: TemporaryFolder?

    private init(port: Int, password: String, socketFolder: String, binaries: String, server: ServerProcess, folder: TemporaryFolder?) {
        self.port = port
        self.password = password
        self.socketFolder = socketFolder
        self.binaries = binaries
        self.server = server
        self.folder = folder
    }

    /// The folders of programs of all PostgreSQL versions of this host, the newest version first.
    package static let installations: [String] = {
        let root = "/usr/lib/postgresql"
        // A host without that folder has no PostgreSQL from Debian's packages.
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }
            .filter { access($0 + "/initdb", X_OK) == 0 && access($0 + "/postgres", X_OK) == 0 }
    }()

    /// Whether this host can run a server.
    package static func available() -> Bool { !installations.isEmpty }

    /// The server that all tests of this process share. Each test makes a database of its own in it (`makeDatabase`).
    package static var shared: PostgresCluster {
        get throws { try sharedResult.get() }
    }

    private static let sharedResult = Result { try start() }

    /// Makes a cluster and starts its server. Throws `LabError`.
    /// - Parameters:
    ///   - folder: where to keep it; it lives at least as long as the cluster. Nil means a folder of its own.
    ///   - binaries: one of `installations`; nil means the newest.
    ///   - settings: server settings beside or instead of ours.
    package static func start(
        in folder: TemporaryFolder? = nil, binaries: String? = nil, settings: [String: String] = [:]
    ) throws -> PostgresCluster {
        let folder = try folder ?? TemporaryFolder("opsd-pg")
        return try start(
            path: folder.file("postgres"), binaries: binaries, settings: settings, lifetime: .guarded(removing: folder.path),
            keeping: folder)
    }

    /// As `start(in:binaries:settings:)`, in the new folder `path`, and for as long as `lifetime` says.
    package static func start(
        path: String, binaries: String? = nil, settings: [String: String] = [:], lifetime: ServerProcess.Lifetime
    ) throws -> PostgresCluster {
        try start(path: path, binaries: binaries, settings: settings, lifetime: lifetime, keeping: nil)
    }

    /// A server that another process left running in `socketFolder`.
    package static func attach(
        to identity: ServerProcess.Identity, port: Int, password: String, socketFolder: String, binaries: String
    ) -> PostgresCluster {
        let server = ServerProcess(attachingTo: identity, stopSignal: "INT")
        return PostgresCluster(
            port: port, password: password, socketFolder: socketFolder, binaries: binaries, server: server, folder: nil)
    }

    private static func start(
        path: String, binaries: String?, settings: [String: String], lifetime: ServerProcess.Lifetime, keeping folder: TemporaryFolder?
    ) throws -> PostgresCluster {
        guard let binaries = binaries ?? installations.first else {
            throw LabError(.notFound, "there is no PostgreSQL server on this host", remedy: "install the package postgresql")
        }
        let password = "lab-" + String(UInt64.random(in: .min ... .max), radix: 36)
        try initialize(path, password: password, binaries: binaries)
        // The port may be taken between the question and the server's start.
        var attempts = 5
        while true {
            attempts -= 1
            let port = try FreePort.next()
            let command = [binaries + "/postgres", "-D", path] + arguments(port: port, socketFolder: path, settings: settings)
            let log = path + "/server.log"
            let server = try ServerProcess(command, log: log, stopSignal: "INT", asUser: .ifRoot, lifetime: lifetime)
            let cluster = PostgresCluster(
                port: port, password: password, socketFolder: path, binaries: binaries, server: server, folder: folder)
            if try cluster.waitUntilReady() { return cluster }
            // The log is only for the message.
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            server.abandon()
            guard attempts > 0, text.contains("could not bind") else {
                throw LabError(.serverFailed, "PostgreSQL did not start: \(text.suffix(2000))")
            }
        }
    }

    /// Ends the server and its connections. Its folder stays for as long as this value, or for as long as its maker wants.
    package func stop() { server.stop() }

    private static func initialize(_ path: String, password: String, binaries: String) throws {
        guard mkdir(path, 0o700) == 0 else { throw LabError(.system, "cannot make \(path): \(String(cString: strerror(errno)))") }
        try UnprivilegedUser.ifRoot?.own(path)
        let passwordFile = path + ".password"
        defer { unlink(passwordFile) }
        try Data(password.utf8).write(to: URL(filePath: passwordFile))
        chmod(passwordFile, 0o600)
        try UnprivilegedUser.ifRoot?.own(passwordFile)
        // Small log segments: what a test's server writes is soon removed again.
        let arguments = [
            "-D", path, "--no-sync", "--wal-segsize", "1", "-U", "postgres", "--pwfile", passwordFile, "--auth", "scram-sha-256",
            "-E", "UTF8", "--locale", locale,
        ]
        try Program.succeed(binaries + "/initdb", arguments, environment: ["LC_ALL": "C"], folder: "/", asUser: .ifRoot)
    }

    /// Harbor's image uses en_US.UTF-8; a host that lacks it has C.UTF-8.
    private static let locale: String = {
        // Without `locale` the one that is always there is right.
        let known = (try? Program.run("locale", ["-a"]).output) ?? ""
        return known.lowercased().contains("en_us.utf8") ? "en_US.UTF-8" : "C.UTF-8"
    }()

    private static func arguments(port: Int, socketFolder: String, settings: [String: String]) -> [String] {
        var all = [
            "listen_addresses": "127.0.0.1", "port": "\(port)", "unix_socket_directories": socketFolder, "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200", "shared_buffers": "64MB",
            "max_wal_size": "512MB", "timezone": "UTC", "log_timezone": "UTC",
        ]
        all.merge(settings) { $1 }
        return all.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
    }

    /// The last line of the server's own file says `ready` once connections are accepted.
    private func waitUntilReady() throws -> Bool {
        let path = socketFolder + "/postmaster.pid"
        _ = Readiness.wait {
            // The file is not there before the server has made it.
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return !server.isRunning || text.split(separator: "\n").last?.hasPrefix("ready") == true
        }
        return server.isRunning
    }
}
