import Foundation

/// Debian's `docker-registry` over a folder of ours, on loopback, without authentication.
package final class RegistryServer: Sendable {
    /// The TCP port on 127.0.0.1.
    package let port: Int
    /// Such as `http://127.0.0.1:40123`.
    package var url: String { "http://127.0.0.1:\(port)" }
    /// Which process the server is.
    package var identity: ServerProcess.Identity { server.identity }
    /// Whether the server has not ended.
    package var isRunning: Bool { server.isRunning }

    private let server: ServerProcess
    private let folder: TemporaryFolder?

    private init(port: Int, server: ServerProcess, folder: TemporaryFolder?) {
        self.port = port
        self.server = server
        self.folder = folder
    }

    /// Whether this host has the program.
    package static func available() -> Bool { Program.find("docker-registry") != nil }

    /// Starts a server and waits until it answers. Throws `LabError`.
    /// - Parameters:
    ///   - storage: the folder that holds, or will hold, `docker/registry/v2`.
    ///   - readonly: refuse all writes.
    ///   - user: whom it runs as, and who owns what it writes; nil means ourselves.
    ///   - files: where its configuration and log go; nil means a temporary folder.
    ///   - lifetime: how long it lives.
    package static func start(
        storage: String, readonly: Bool = false, asUser user: UnprivilegedUser? = nil, files: String? = nil,
        lifetime: ServerProcess.Lifetime? = nil
    ) throws -> RegistryServer {
        let program = try Program.located("docker-registry")
        let folder = try files == nil ? TemporaryFolder("opsd-registry") : nil
        let files = files ?? folder?.path ?? storage
        // The port may be taken between the question and the server's start.
        var attempts = 5
        while true {
            attempts -= 1
            let port = try FreePort.next()
            let configuration = files + "/registry.yml"
            let log = files + "/registry.log"
            let text = configurationText(storage: storage, port: port, readonly: readonly)
            try Data(text.utf8).write(to: URL(filePath: configuration))
            let server = try ServerProcess(
                [program, "serve", configuration], log: log, asUser: user, lifetime: lifetime ?? .guarded(removing: folder?.path))
            let answers = Readiness.wait {
                !server.isRunning || (try? LoopbackHTTP.request("GET", port: port, target: "/v2/").status) == 200  // it does not listen yet
            }
            if answers, server.isRunning { return RegistryServer(port: port, server: server, folder: folder) }
            // The log is only for the message.
            let complaint = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            server.abandon()
            guard attempts > 0, complaint.contains("address already in use") else {
                throw LabError(.serverFailed, "docker-registry did not start: \(complaint.suffix(2000))")
            }
        }
    }

    /// A server that another process left running.
    package static func attach(to identity: ServerProcess.Identity, port: Int) -> RegistryServer {
        RegistryServer(port: port, server: ServerProcess(attachingTo: identity), folder: nil)
    }

    /// Ends the server.
    package func stop() { server.stop() }

    /// Sends a request; `target` is path and query, such as `/v2/`. Throws `LabError`.
    package func request(_ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8] = []) throws -> HTTPAnswer {
        try LoopbackHTTP.request(method, port: port, target: target, headers: headers, body: body)
    }

    /// Validation is off because a proxy cache stores indexes some of whose children were never pulled, and foreign layers are never stored.
    private static func configurationText(storage: String, port: Int, readonly: Bool) -> String {
        """
        version: 0.1
        log: {level: warn, accesslog: {disabled: true}}
        storage:
          filesystem: {rootdirectory: "\(storage)"}
          delete: {enabled: true}
          redirect: {disable: true}
          maintenance: {uploadpurging: {enabled: false}, readonly: {enabled: \(readonly)}}
        http: {addr: "127.0.0.1:\(port)", secret: lab}
        validation: {disabled: true}
        compatibility: {schema1: {enabled: true}}

        """
    }
}
