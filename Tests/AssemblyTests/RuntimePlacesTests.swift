import Foundation
import Glibc
import LabServers
import SystemPackage
import Testing

@testable import Assembly

@Suite("where the daemon is, by a configuration that cannot be read as a whole")
struct RuntimePlacesTests {
    @Test(
        "a value is found however YAML lets it be written on its line",
        arguments: [
            "control_socket: /run/x/c.sock", "control_socket:   /run/x/c.sock  # ours", "control_socket: \"/run/x/c.sock\" # ours",
            "control_socket: '/run/x/c.sock'", "vaults:\n\tbad\ncontrol_socket: /run/x/c.sock\r\n: ]", "control_socket:\t/run/x/c.sock",
        ])
    func found(text: String) {
        let places = RuntimePlaces(scanning: text)
        #expect(places.controlSocket == "/run/x/c.sock" && places.stateDirectory == "/var/lib/opsd")
    }

    @Test(
        "what is no path, not at the top or a comment leaves the default",
        arguments: [
            "", "control_socket:", "control_socket: x", "control_socket: ~", "  control_socket: /run/x/c.sock",
            "#control_socket: /run/x/c.sock",
            "control_socket: /run/../c.sock", "control_sockets: /run/x/c.sock", "control_socket: \"", "{control_socket: /run/x/c.sock}",
        ])
    func notFound(text: String) {
        #expect(RuntimePlaces(scanning: text).controlSocket == Configuration.defaultControlSocket)
    }

    @Test("the state directory of the command line comes before that of the file, which comes before the default")
    func stateDirectory() {
        let text = "state_directory: /srv/state\n"
        #expect(RuntimePlaces(scanning: text).stateDirectory == "/srv/state")
        #expect(RuntimePlaces(scanning: text, stateDirectory: "/else").stateDirectory == "/else")
        #expect(RuntimePlaces(scanning: "", stateDirectory: "/else").daemonLock == "/else/daemon.lock")
    }

    @Test("of a sound configuration the places are those that it says, with the lock that its daemon takes")
    func sound() async throws {
        let host = try await LiveCheckHost.make()
        let installation = try host.installation()
        let places = RuntimePlaces(scanning: host.text())
        #expect(places == RuntimePlaces(installation.configuration) && places.daemonLock == installation.daemonLockPath)
    }

    @Test("a file is read, also with bytes that are no text, and one that is not there is an error")
    func file() throws {
        let folder = try TemporaryFolder("opsd-places")
        let path = FilePath(folder.file("opsd.yaml"))
        try Data([0xFF, 0x0A] + Array("control_socket: /run/x/c.sock\n".utf8)).write(to: URL(fileURLWithPath: path.string))
        #expect(try RuntimePlaces(scanningFileAt: path, stateDirectory: nil).controlSocket == "/run/x/c.sock")
        #expect(throws: (any Error).self) { try RuntimePlaces(scanningFileAt: "/nonexistent/opsd.yaml", stateDirectory: nil) }
    }

    @Test("whoever may use the socket is named by its folder, and by the unit where that is not there")
    func audience() throws {
        let folder = try TemporaryFolder("opsd-places")
        let audience = SocketAudience(of: FilePath(folder.file("control.sock")))
        let group = try #require(getgrgid(getegid())).pointee
        #expect(audience.user == NSUserName() && audience.group == String(cString: group.gr_name))
        let none = SocketAudience(of: "/nonexistent/opsd/control.sock")
        #expect(none.user == "opsd" && none.group == "opsd")
    }
}
