import Foundation

/// One new process: its descriptors, working folder and environment. It inherits no other descriptor and no blocked signal.
struct Spawn {
    /// The path of the program, then what it is given.
    var command: [String]
    /// Added to this process's environment.
    var environment: [String: String] = [:]
    var folder: String?
    var input: Int32
    var output: Int32
    var errors: Int32

    /// Starts the process and answers its id; somebody must wait for it.
    func launch() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (index, descriptor) in [input, output, errors].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(index))
        }
        // Closing one that is not open (any more) is no error here.
        for descriptor in Self.openDescriptors() where descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        // Threads of a test runner block or ignore signals that a server relies on.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let joined = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        let command = try (folder.map { [try Program.located("env"), "--chdir", $0] } ?? []) + command
        let arguments = command.map { strdup($0) } + [nil]
        let variables = joined.map { strdup($0) } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, command[0], &actions, &attributes, arguments, variables)
        guard status == 0 else { throw LabError(.system, "cannot start \(command[0]): \(String(cString: strerror(status)))") }
        return pid
    }

    /// All descriptors of this process, or none where the host cannot say; those that we open are closed on exec anyway.
    private static func openDescriptors() -> [Int32] {
        // Without /proc the close-on-exec flags must do.
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap { Int32($0) }
    }

    /// Waits for the end of `pid`; its exit status, or 128 plus the signal that killed it.
    static func wait(for pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }
}
