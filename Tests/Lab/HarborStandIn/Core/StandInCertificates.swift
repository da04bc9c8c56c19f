import Foundation
import LabServers

/// The stand-in's own certificate authority, and the certificate for loopback that it signed.
struct StandInCertificates: Sendable {
    let authority: String
    let certificate: String
    let key: String

    /// Makes them in `folder`, or takes those that are there. Throws `LabError`.
    init(in folder: String) throws {
        authority = folder + "/ca.crt"
        certificate = folder + "/server.crt"
        key = folder + "/server.key"
        guard !FileManager.default.fileExists(atPath: certificate) else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try Program.succeed(
            "openssl",
            ["req", "-x509", "-days", "3650", "-subj", "/CN=authority of the lab", "-keyout", folder + "/ca.key", "-out", authority]
                + elliptic)
        let request = folder + "/server.csr"
        try Program.succeed("openssl", ["req", "-subj", "/CN=localhost", "-keyout", key, "-out", request] + elliptic)
        let extensions = folder + "/server.ext"
        try Data("basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n".utf8)
            .write(to: URL(filePath: extensions))
        try Program.succeed(
            "openssl",
            [
                "x509", "-req", "-in", request, "-CA", authority, "-CAkey", folder + "/ca.key", "-CAcreateserial", "-days", "800",
                "-extfile",
                extensions, "-out", certificate,
            ])
    }
}
