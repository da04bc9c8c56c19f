import Crypto
import CryptoExtras
import Foundation
package import LabServers

/// Harbor's tables and the rows that every installation has.
package enum HarborSchema {
    /// The schema version of Harbor 2.15.0 to 2.15.2.
    package static let version = 180

    /// Makes all tables, sequences, indexes, triggers in an empty database. Throws `LabError`.
    package static func create(in cluster: PostgresCluster, database: String) throws {
        try run(files(in: "Schema"), in: cluster, database: database, variables: [:])
    }

    /// Writes what a new installation and its administrators write. Throws `LabError`.
    static func seed(_ cluster: PostgresCluster, database: String, secretKey: HarborSecretKey, adminPassword: String) throws {
        try run(
            [file("Seeds/1-installation.sql")], in: cluster, database: database,
            variables: variables(secretKey: secretKey, adminPassword: adminPassword))
    }

    /// Writes what an installation in use writes; it refers to the images that are there. Throws `LabError`.
    static func seedActivity(_ cluster: PostgresCluster, database: String) throws {
        try run([file("Seeds/2-activity.sql")], in: cluster, database: database, variables: [:])
    }

    private static func variables(secretKey: HarborSecretKey, adminPassword: String) throws -> [String: String] {
        let adminSalt = "PeCuKcLWxJm2m7n1LpGRvUyV1tGvHc3N"
        let robotSalt = "wAqYgXxFzmH2qvCq0xYr7b6p1yXo8l4T"
        return [
            "admin_password": try derivedKey(adminPassword, salt: adminSalt), "admin_salt": adminSalt,
            "robot_secret": try derivedKey("robot-secret-of-the-lab", salt: robotSalt), "robot_salt": robotSalt,
            "oidc_secret": try secretKey.encrypt("cli-secret-of-alice"),
            "oidc_token": try secretKey.encrypt(#"{"access_token":"a","refresh_token":"r","token_type":"Bearer","raw_id_token":"i"}"#),
            "ldap_password": try secretKey.encrypt("ldap-search-password"),
            "oidc_client_secret": try secretKey.encrypt("oidc-client-secret"),
            "scanner_cred": try secretKey.encrypt("scanner:password"), "registry_secret": try secretKey.encrypt("upstream-password"),
            "preheat_auth": try secretKey.encrypt(#"{"password":"p","username":"u"}"#),
        ]
    }

    /// Harbor's way: PBKDF2 with SHA-256 and 4096 rounds, 16 bytes in hexadecimal.
    private static func derivedKey(_ password: String, salt: String) throws -> String {
        let key = try KDF.Insecure.PBKDF2.deriveKey(
            from: Data(password.utf8), salt: Data(salt.utf8), using: .sha256, outputByteCount: 16, unsafeUncheckedRounds: 4096)
        return key.withUnsafeBytes { bytes in bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
    }

    private static func run(_ files: [URL], in cluster: PostgresCluster, database: String, variables: [String: String]) throws {
        let settings = variables.flatMap { ["-v", "\($0.key)=\($0.value)"] }
        var script: [UInt8] = []
        for file in files { script += try Data(contentsOf: file) }
        try cluster.client(
            "psql", ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1"] + settings + ["-f", "-"], database: database, input: script)
    }

    private static func file(_ name: String) throws -> URL {
        guard let folder = Bundle.module.resourceURL else { throw LabError(.notFound, "the lab's SQL files are not beside its program") }
        return folder.appending(path: name)
    }

    private static func files(in folder: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: file(folder), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "sql" }.sorted { $0.lastPathComponent < $1.lastPathComponent }
    }
}
