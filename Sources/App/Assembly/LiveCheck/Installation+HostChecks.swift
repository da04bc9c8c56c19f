import Glibc
import LocalIO
import SystemPackage

/// What the daemon needs of the host itself: a place for its state, and places to listen.
extension Installation {
    /// Less room than this in a state directory or a vault is worth a warning.
    static let scarceSpace: Int64 = 1 << 30

    func stateDirectoryChecks() -> [LiveCheck] {
        let path = configuration.stateDirectory
        let status: FileStatus
        do {
            status = try FileStatus(path)
        } catch {
            guard error.code == .notFound else {
                return [LiveCheck(.stateDirectory, path.string, failedWith: error, remedy: "let opsd's user pass to this folder")]
            }
            let remedy = "start opsd's unit, which makes it with the right owner, before root runs a command that would make it"
            return [LiveCheck(.stateDirectory, path.string, .warning(remedy: remedy), "does not exist yet")]
        }
        return accountChecks(stateDirectory: status) + [writableCheck(path)]
    }

    /// Root may do what the daemon may not, so its checks prove less.
    private func accountChecks(stateDirectory: FileStatus) -> [LiveCheck] {
        let own = geteuid()
        guard own != stateDirectory.owner else { return [LiveCheck(.account, "uid \(own)", .ok, "owns the state directory")] }
        return [
            LiveCheck(
                .account, "uid \(own)",
                .warning(
                    remedy:
                        "run 'systemd-run --pipe --wait --uid=\(stateDirectory.owner) -p AmbientCapabilities=CAP_DAC_READ_SEARCH opsd check-config --live', with a '-p LoadCredential=...' for each that opsd.service has"
                ),
                "is not uid \(stateDirectory.owner), which owns the state directory: rights may differ from the daemon's")
        ]
    }

    private func writableCheck(_ path: FilePath) -> LiveCheck {
        let file = path.appending(".check-config.\(String(UInt64.random(in: .min ... .max), radix: 16))")
        do {
            try DurableFile.write(Array("written by opsd check-config --live\n".utf8), to: file)
            try DurableFile.remove(file)
            let free = try FreeSpace.bytes(at: path)
            let detail = "writable, \(ByteCount(bytes: free).rounded) free"
            guard free < Self.scarceSpace else { return LiveCheck(.stateDirectory, path.string, .ok, detail) }
            return LiveCheck(
                .stateDirectory, path.string, .warning(remedy: "make room: the journal and the catalog of the vaults grow"), detail)
        } catch {
            return LiveCheck(.stateDirectory, path.string, failedWith: error, remedy: Self.stateRemedy(error, path))
        }
    }

    /// What helps against a state directory that cannot be written.
    static func stateRemedy(_ error: LocalIOError, _ path: FilePath) -> String {
        switch error.errno {
        case .noSpace: "free space on its disk: see 'df -h \(path)' and 'df -i \(path)'"
        case .diskQuotaExceeded: "raise the quota of its owner, or free space"
        case .readOnlyFileSystem:
            "see 'findmnt -T \(path)': mount it for writing, or name it under ReadWritePaths= of the unit where only the unit may not write"
        default: "give the folder to the user that opsd runs as, with mode 0700"
        }
    }

    func controlSocketChecks() -> [LiveCheck] {
        let path = configuration.controlSocket
        let folder = path.removingLastComponent()
        do {
            let status = try FileStatus(folder)
            guard status.isFolder else {
                let remedy = "name a path in a folder of its own"
                return [LiveCheck(.controlSocket, path.string, .failed(.configuration, remedy: remedy), "\(folder) is no folder")]
            }
            let mode = status.permissions.rawValue & 0o777
            guard mode & 0o007 == 0 else {
                let remedy = "run 'chmod 0750 \(folder)', or name a socket in a folder of its own"
                let detail = "\(folder) has mode 0\(String(mode, radix: 8)): it is open to everybody on this host"
                return [LiveCheck(.controlSocket, path.string, .warning(remedy: remedy), detail)]
            }
        } catch {
            guard error.code == .notFound else {
                return [LiveCheck(.controlSocket, path.string, failedWith: error, remedy: "let opsd's user pass to this folder")]
            }
            let remedy = "start opsd's unit, which makes it, or run 'install -d -m 0750 -o opsd -g opsd \(folder)'"
            return [LiveCheck(.controlSocket, path.string, .warning(remedy: remedy), "the folder \(folder) does not exist")]
        }
        return [socketCheck(path)]
    }

    private func socketCheck(_ path: FilePath) -> LiveCheck {
        do {
            return switch try SocketPlace.unixSocket(path) {
            case .free: LiveCheck(.controlSocket, path.string, .ok, "free: no daemon listens")
            case .taken: LiveCheck(.controlSocket, path.string, .ok, "a daemon answers")
            case .stale:
                LiveCheck(
                    .controlSocket, path.string, .warning(remedy: "look why the daemon ended; the next one replaces the socket"),
                    "the socket of a daemon that is gone")
            case .foreign:
                LiveCheck(
                    .controlSocket, path.string, .failed(.configuration, remedy: "move it away, or name another path"),
                    "something that is no socket has this name")
            }
        } catch {
            return LiveCheck(
                .controlSocket, path.string, failedWith: error, remedy: "run it as a member of the group \(SocketAudience(of: path).group)")
        }
    }

    /// A socket that cannot be asked has a row of its own that says why.
    private var isDaemonUp: Bool {
        (try? SocketPlace.unixSocket(configuration.controlSocket)) == .taken  // see above
    }

    func listenChecks() -> [LiveCheck] {
        let address = configuration.listen.address
        do {
            let place = try SocketPlace.port(address.port, host: address.host == "localhost" ? "127.0.0.1" : address.host)
            guard place == .taken else { return [LiveCheck(.listen, address.description, .ok, "free: no daemon listens")] }
            if isDaemonUp {
                return [LiveCheck(.listen, address.description, .ok, "in use, and a daemon answers at \(configuration.controlSocket)")]
            }
            let remedy = "see 'ss -ltnp sport = :\(address.port)' and choose another port"
            return [
                LiveCheck(.listen, address.description, .warning(remedy: remedy), "in use, and no daemon of this configuration answers")
            ]
        } catch {
            let remedy = error.code == .denied ? "choose a port from 1024" : "name an address of this host"
            return [LiveCheck(.listen, address.description, .failed(.configuration, remedy: remedy), error.description)]
        }
    }
}
