import Foundation
import LabServers

/// The files of a Harbor host beside database and registry: secrets, certificates, configuration. Owners and modes are Harbor's where
/// we are root.
struct HarborInstallation: Sendable {
    /// The lab's folder: `data`, `harbor` and `certificates` are made in it.
    let path: String

    var storage: String { path + "/data/registry" }
    var secretKeyFile: String { path + "/data/secret/keys/secretkey" }
    var configurationFile: String { path + "/harbor/harbor.yml" }
    var signingFolder: String { path + "/certificates/cosign" }

    /// Makes all folders and files. Throws `LabError`.
    func write(secretKey: HarborSecretKey, databasePassword: String, cosignPublicKey: String) throws {
        for folder in ["data/registry", "data/ca_download", "data/job_logs"] { try makeFolder(folder) }
        try writeSecrets(secretKey)
        try writeCertificates()
        try write("certificates/cosign/cosign.pub", cosignPublicKey)
        try write("certificates/cosign/cosign.key", CosignSigner.encryptedKeyFile(), mode: 0o600)
        try write("harbor/harbor.yml", harborYAML(databasePassword: databasePassword), mode: 0o640)
        try write("harbor/docker-compose.yml", Self.compose)
        try writeGenerated(databasePassword: databasePassword)
        for folder in ["data/registry", "data/secret", "data/ca_download", "data/job_logs"] {
            guard let user = UnprivilegedUser.harborIfRoot else { continue }
            try Program.succeed("chown", ["-R", "\(user.user):\(user.group)", path + "/" + folder])
        }
    }

    private func writeSecrets(_ secretKey: HarborSecretKey) throws {
        try write("data/secret/keys/secretkey", secretKey.text, mode: 0o600)
        try makeFolder("data/secret/core")
        try makeFolder("data/secret/registry")
        // The token pair: the registry checks with the certificate what core signs with the key.
        try makeCertificate(
            key: "data/secret/core/private_key.pem", certificate: "data/secret/registry/root.crt", name: "harbor-token-issuer",
            algorithm: ["rsa:2048"])
    }

    private func writeCertificates() throws {
        try makeFolder("certificates")
        try makeFolder("data/secret/cert")
        try makeCertificate(
            key: "certificates/registry.key", certificate: "certificates/registry.crt", name: "registry.example.com",
            algorithm: ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        // Harbor's installer copies what harbor.yml names.
        for (from, to) in [("registry.crt", "server.crt"), ("registry.key", "server.key")] {
            let bytes = try Data(contentsOf: URL(filePath: "\(path)/certificates/\(from)"))
            try write("data/secret/cert/\(to)", String(decoding: bytes, as: UTF8.self), mode: 0o600)
        }
        let certificate = try Data(contentsOf: URL(filePath: "\(path)/certificates/registry.crt"))
        try write("data/ca_download/ca.crt", String(decoding: certificate, as: UTF8.self))
    }

    private func makeCertificate(key: String, certificate: String, name: String, algorithm: [String]) throws {
        let arguments = ["req", "-x509", "-nodes", "-days", "3650", "-subj", "/CN=\(name)", "-newkey"] + algorithm
        try Program.succeed("openssl", arguments + ["-keyout", "\(path)/\(key)", "-out", "\(path)/\(certificate)"])
        chmod("\(path)/\(key)", 0o600)
    }

    private func writeGenerated(databasePassword: String) throws {
        func secret(_ count: Int) -> String {
            String((0..<count).compactMap { _ in "abcdefghijkmnopqrstuvwxyz0123456789".randomElement() })
        }
        let core = secret(16)
        let jobs = secret(16)
        let registry = secret(16)
        try write(
            "harbor/common/config/core/env",
            "CORE_SECRET=\(core)\nJOBSERVICE_SECRET=\(jobs)\nCSRF_KEY=\(secret(32))\nPOSTGRESQL_PASSWORD=\(databasePassword)\n"
                + "REGISTRY_CREDENTIAL_USERNAME=harbor_registry_user\nREGISTRY_CREDENTIAL_PASSWORD=\(registry)\n", mode: 0o640)
        try write("harbor/common/config/core/app.conf", "appname = Harbor\nrunmode = prod\nenablegzip = true\n")
        try write("harbor/common/config/jobservice/env", "CORE_SECRET=\(core)\nJOBSERVICE_SECRET=\(jobs)\n", mode: 0o640)
        try write("harbor/common/config/db/env", "POSTGRES_PASSWORD=\(databasePassword)\n", mode: 0o640)
        try write("harbor/common/config/registryctl/env", "CORE_SECRET=\(core)\nJOBSERVICE_SECRET=\(jobs)\n", mode: 0o640)
        try write(
            "harbor/common/config/registry/config.yml",
            "version: 0.1\nstorage:\n  filesystem: {rootdirectory: /storage}\n  delete: {enabled: true}\nhttp: {addr: :5000, secret: placeholder}\n"
        )
        let hash = String(decoding: try Program.succeed("openssl", ["passwd", "-6", registry]), as: UTF8.self)
        try write("harbor/common/config/registry/passwd", "harbor_registry_user:\(hash)", mode: 0o640)
        try write("harbor/common/config/nginx/nginx.conf", "worker_processes auto;\nevents { worker_connections 3096; }\n")
        try makeFolder("harbor/common/config/shared/trust-certificates")
    }

    private func harborYAML(databasePassword: String) -> String {
        """
        hostname: registry.example.com
        http:
          port: 80
        https:
          port: 443
          certificate: \(path)/certificates/registry.crt
          private_key: \(path)/certificates/registry.key
        harbor_admin_password: Harbor12345
        database:
          password: \(databasePassword)
          max_idle_conns: 100
          max_open_conns: 900
        data_volume: \(path)/data
        trivy:
          ignore_unfixed: false
          skip_update: false
        jobservice:
          max_job_workers: 10
          job_loggers: [STD_OUTPUT, FILE]
          logger_sweeper_duration: 1
        log:
          level: info
          local:
            rotate_count: 50
            rotate_size: 200M
            location: \(path)/log
        _version: 2.15.0

        """
    }

    private static let compose = """
        services:
          registry:
            image: goharbor/registry-photon:v2.15.2
            container_name: registry
          core:
            image: goharbor/harbor-core:v2.15.2
            container_name: harbor-core

        """

    private func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
    }

    private func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        chmod(file.path, mode)
    }
}
