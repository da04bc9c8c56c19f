import Foundation
import LabServers
import SSHSignature

/// A key pair that `ssh-keygen` made, in a folder of its own.
struct KeyFile {
    let folder: TemporaryFolder
    let path: String

    init(type: String = "ed25519", bits: Int? = nil, comment: String = "opsd@registry.example.com", passphrase: String = "") throws {
        folder = try TemporaryFolder("ssh")
        path = folder.file("key")
        let size = bits.map { ["-b", "\($0)"] } ?? []
        try Program.succeed("ssh-keygen", ["-q", "-t", type] + size + ["-N", passphrase, "-C", comment, "-f", path])
    }

    var privateText: String { get throws { try String(contentsOfFile: path, encoding: .utf8) } }
    var publicText: String { get throws { try String(contentsOfFile: path + ".pub", encoding: .utf8) } }

    /// The signature of `ssh-keygen -Y sign`.
    func sign(_ message: [UInt8], namespace: String, hash: String = "sha512") throws -> String {
        let file = folder.file("message")
        try Data(message).write(to: URL(fileURLWithPath: file))
        // An older signature would be asked about, or kept.
        try? FileManager.default.removeItem(atPath: file + ".sig")  // there may be none
        try Program.succeed("ssh-keygen", ["-q", "-Y", "sign", "-O", "hashalg=\(hash)", "-f", path, "-n", namespace, file])
        return try String(contentsOfFile: file + ".sig", encoding: .utf8)
    }

    /// Whether `ssh-keygen -Y verify` accepts a signature by one of the allowed keys, and `-Y check-novalidate` by any.
    static func verdicts(_ armored: String, on message: [UInt8], namespace: String, allowed: [SSHPublicKey]) throws -> (
        verified: Bool, sound: Bool
    ) {
        let folder = try TemporaryFolder("ssh")
        try Data(armored.utf8).write(to: URL(fileURLWithPath: folder.file("sig")))
        let signers = allowed.map { "writer namespaces=\"\(namespace)\" \($0.text)\n" }.joined()
        try Data(signers.utf8).write(to: URL(fileURLWithPath: folder.file("signers")))
        let verify = try Program.run(
            "ssh-keygen", ["-Y", "verify", "-f", folder.file("signers"), "-I", "writer", "-n", namespace, "-s", folder.file("sig")],
            input: message)
        let check = try Program.run("ssh-keygen", ["-Y", "check-novalidate", "-n", namespace, "-s", folder.file("sig")], input: message)
        return (verify.status == 0, check.status == 0)
    }
}
