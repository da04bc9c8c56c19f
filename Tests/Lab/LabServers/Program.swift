import Foundation

/// What a program answered.
package struct ProgramResult: Sendable {
    /// The exit status, or 128 plus the signal that killed it.
    package let status: Int32
    /// Standard output as bytes.
    package let bytes: [UInt8]
    /// Standard error as text.
    package let errors: String
    /// Standard output as text.
    package var output: String { String(decoding: bytes, as: UTF8.self) }

    /// What a program answered.
    package init(status: Int32, bytes: [UInt8], errors: String) {
        self.status = status
        self.bytes = bytes
        self.errors = errors
    }
}

/// Other people's programs, run to their end.
package enum Program {
    /// Runs `program` (a path, or a name that `find` knows) and waits for it. Input and output pass through unnamed files, so their
    /// size is no matter. `environment` is added to ours. Throws `LabError` when it cannot be started; its exit status is the caller's business.
    package static func run(
        _ program: String, _ arguments: [String] = [], input: [UInt8]? = nil, environment: [String: String]? = nil, folder: String? = nil,
        asUser user: UnprivilegedUser? = nil
    ) throws -> ProgramResult {
        let stdin = try UnnamedFile(input ?? [])
        let stdout = try UnnamedFile()
        let stderr = try UnnamedFile()
        let command = try (user?.prefix() ?? []) + [located(program)] + arguments
        let spawn = Spawn(
            command: command, environment: environment ?? [:], folder: folder,
            input: stdin.descriptor, output: stdout.descriptor, errors: stderr.descriptor)
        let status = Spawn.wait(for: try spawn.launch())
        return ProgramResult(status: status, bytes: stdout.contents(), errors: String(decoding: stderr.contents(), as: UTF8.self))
    }

    /// As `run`, for programs that must succeed. Answers standard output; throws `LabError` with what the program complained about.
    @discardableResult
    package static func succeed(
        _ program: String, _ arguments: [String] = [], input: [UInt8]? = nil, environment: [String: String]? = nil, folder: String? = nil,
        asUser user: UnprivilegedUser? = nil
    ) throws -> [UInt8] {
        let result = try run(program, arguments, input: input, environment: environment, folder: folder, asUser: user)
        guard result.status == 0 else {
            throw LabError(.programFailed, "\(program) ended with \(result.status): \(result.errors.suffix(2000))")
        }
        return result.bytes
    }

    /// The path of the program called `name`: in `PATH`, in the folders of PostgreSQL's versions (newest first), in `/usr/sbin` and `/sbin`.
    package static func find(_ name: String) -> String? {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(String.init)
        return (path + PostgresCluster.installations + ["/usr/sbin", "/sbin"]).map { $0 + "/" + name }.first { access($0, X_OK) == 0 }
    }

    /// As `find`, or a path as it is. Throws `LabError` for what is not there.
    package static func located(_ program: String) throws -> String {
        if program.contains("/") { return program }
        guard let path = find(program) else {
            throw LabError(.notFound, "there is no program \(program) on this host", remedy: "install the package that brings it")
        }
        return path
    }
}

/// A file without a name, gone when it is closed.
private final class UnnamedFile {
    private let stream: UnsafeMutablePointer<FILE>

    /// A file that holds `bytes`, to be read from its beginning.
    init(_ bytes: [UInt8] = []) throws {
        stream = try Self.open()
        guard fwrite(bytes, 1, bytes.count, stream) == bytes.count, fflush(stream) == 0 else {
            throw LabError(.system, "cannot write a temporary file: \(String(cString: strerror(errno)))")
        }
        rewind(stream)
    }

    private static func open() throws -> UnsafeMutablePointer<FILE> {
        guard let stream = tmpfile() else { throw LabError(.system, "cannot make a temporary file: \(String(cString: strerror(errno)))") }
        return stream
    }

    var descriptor: Int32 { fileno(stream) }

    /// All that was written to it, by us or by the program.
    func contents() -> [UInt8] {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        return [UInt8](unsafeUninitializedCapacity: max(size, 0)) { buffer, count in
            while count < buffer.count {
                let read = pread(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count, off_t(count))
                guard read > 0 else { return }
                count += read
            }
        }
    }

    deinit { fclose(stream) }
}
