import Foundation
import SystemPackage
import Testing

@testable import Assembly

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
    let path: FilePath

    init() throws {
        path = FilePath(FileManager.default.temporaryDirectory.path).appending("opsd-assembly-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    }

    deinit {
        // A folder that stays behind harms no other test.
        try? FileManager.default.removeItem(atPath: path.string)
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8], mode: Int = 0o600) throws -> FilePath {
        let file = path.appending(name)
        try FileManager.default.createDirectory(atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file.string))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.string)
        return file
    }
}

@Suite("A secret named by the configuration")
struct SecretReferenceTests {
    @Test("a bare name is a credential, an absolute path a file", arguments: ["harbor-password", "a", "db.password_2"])
    func parsing(name: String) throws {
        #expect(try SecretReference(parsing: name).place == .credential(name))
        #expect(try SecretReference(parsing: "/etc/\(name)").place == .file(FilePath("/etc/\(name)")))
    }

    @Test(
        "anything else is refused without being shown",
        arguments: ["", "a b", "p@ss", "../x", ".hidden", "-x", "dir/name", "~/x", "ünï", String(repeating: "x", count: 300)])
    func refused(text: String) {
        let error = #expect(throws: MalformedValue.self) { try SecretReference(parsing: text) }
        #expect(error?.isSecret == true)
    }

    @Test(
        "one newline at the end is no part of the secret",
        arguments: [
            ("secret", "secret"), ("secret\n", "secret"), ("secret\n\n", "secret\n"), ("secret\r\n", "secret"), (" secret \n", " secret "),
            ("a\nb\n", "a\nb"),
        ])
    func newline(content: String, expected: String) throws {
        let folder = try ScratchFolder()
        try folder.write("p", Array(content.utf8))
        #expect(try SecretReference(.file(folder.path.appending("p"))).read(environment: [:]).text == expected)
        #expect(try SecretReference(.credential("p")).read(environment: ["CREDENTIALS_DIRECTORY": folder.path.string]).text == expected)
    }

    @Test(
        "a file that group or others may use is refused with the command that mends it",
        arguments: [0o640, 0o604, 0o644, 0o620, 0o610, 0o666, 0o777])
    func openMode(mode: Int) throws {
        let folder = try ScratchFolder()
        let path = try folder.write("p", Array("hunter2".utf8), mode: mode)
        let error = #expect(throws: ConfigurationError.self) { try SecretReference(.file(path)).read(environment: [:]) }
        #expect(error?.code == .secret)
        let text = try #require(error?.description)
        #expect(text.contains("\(path): has mode 0\(String(mode, radix: 8))"))
        #expect(text.contains("chmod 0600 \(path)") && !text.contains("hunter2"))
    }

    @Test("a stricter mode than 0600 is fine", arguments: [0o600, 0o400, 0o700])
    func strictMode(mode: Int) throws {
        let folder = try ScratchFolder()
        let path = try folder.write("p", [1, 2, 3], mode: mode)
        #expect(try SecretReference(.file(path)).read(environment: [:]).bytes == [1, 2, 3])
    }

    @Test("systemd's own mode of a credential is accepted, since its folder is guarded")
    func credentialMode() throws {
        let folder = try ScratchFolder()
        try folder.write("p", [65], mode: 0o440)
        #expect(try SecretReference(.credential("p")).read(environment: ["CREDENTIALS_DIRECTORY": folder.path.string]).bytes == [65])
    }

    @Test("a link is followed and the file behind it judged")
    func link() throws {
        let folder = try ScratchFolder()
        let open = try folder.write("open", [65], mode: 0o644)
        let closed = try folder.write("closed", [65], mode: 0o600)
        for (name, target) in [("a", open), ("b", closed)] {
            try FileManager.default.createSymbolicLink(atPath: folder.path.appending(name).string, withDestinationPath: target.string)
        }
        #expect(throws: ConfigurationError.self) { try SecretReference(.file(folder.path.appending("a"))).read(environment: [:]) }
        #expect(try SecretReference(.file(folder.path.appending("b"))).read(environment: [:]).bytes == [65])
    }

    @Test("what is missing, empty, too large or no file says so")
    func unusable() throws {
        let folder = try ScratchFolder()
        try folder.write("empty", [])
        try folder.write("newline", [10])
        try folder.write("large", [UInt8](repeating: 65, count: 70_000))
        func failure(_ name: String) -> String {
            let error = #expect(throws: ConfigurationError.self) {
                try SecretReference(.file(folder.path.appending(name))).read(environment: [:])
            }
            return error?.description ?? ""
        }
        #expect(failure("empty").contains("is empty"))
        #expect(failure("newline").contains("is empty"))
        #expect(failure("large").contains("cannot be read"))
        #expect(failure("absent").contains("mend its path"))
        let directory = #expect(throws: ConfigurationError.self) { try SecretReference(.file(folder.path)).read(environment: [:]) }
        #expect(directory?.description.contains("is not a regular file") == true)
    }

    @Test("a credential without systemd names the setting that is missing", arguments: [[:], ["CREDENTIALS_DIRECTORY": ""]])
    func noCredentials(environment: [String: String]) {
        let error = #expect(throws: ConfigurationError.self) { try SecretReference(.credential("db")).read(environment: environment) }
        #expect(error?.description.contains("LoadCredential=db:") == true)
    }

    @Test("a credential that was not loaded names the line that the unit lacks")
    func missingCredential() throws {
        let folder = try ScratchFolder()
        let error = #expect(throws: ConfigurationError.self) {
            try SecretReference(.credential("db")).read(environment: ["CREDENTIALS_DIRECTORY": folder.path.string])
        }
        #expect(error?.description.contains("add 'LoadCredential=db:/path/to/file' to the unit") == true)
    }
}

@Suite("Loading a configuration file")
struct ConfigurationLoadTests {
    @Test("a file is loaded under its path, and the state directory may be replaced")
    func load() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("opsd.yaml", Array(ConfigurationSamples.writer.utf8), mode: 0o644)
        let configuration = try Configuration.load(path: path)
        #expect(configuration.file == path.string && configuration.stateDirectory == "/var/lib/opsd")
        #expect(try Configuration.load(path: path, stateDirectory: "/tmp/s").stateDirectory == "/tmp/s")
    }

    @Test("a missing file, a folder, wrong bytes and a huge file are told apart")
    func failures() throws {
        let folder = try ScratchFolder()
        func failure(_ path: FilePath) -> ConfigurationError? {
            #expect(throws: ConfigurationError.self) { try Configuration.load(path: path) }
        }
        #expect(failure(folder.path.appending("absent"))?.code == .unreadable)
        #expect(failure(folder.path)?.code == .unreadable)
        #expect(failure(try folder.write("huge", [UInt8](repeating: 35, count: 2 << 20)))?.code == .unreadable)
        let latin = failure(try folder.write("latin", Array("a: b\nb: ".utf8) + [0xE4, 0x0A]))
        #expect(latin?.code == .syntax && latin?.problems.first?.line == 2)
    }
}
