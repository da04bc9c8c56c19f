import Crypto
import CryptoExtras
import Foundation
import Postgres

/// Finds out who a request comes from, as Harbor's security generators do: whoever cannot be made out is nobody, and goes on as such.
struct Authentication: Sendable {
    let database: StandInDatabase
    let tokens: BearerTokens

    /// Who sent these headers, and (for a token) what of the registry it opens.
    func principal(of headers: [String: String]) async throws -> (principal: Principal, scopes: [BearerTokens.Scope]?) {
        guard let header = headers["authorization"] else { return (.anonymous, nil) }
        if header.hasPrefix("Bearer ") {
            guard let grant = tokens.grant(String(header.dropFirst(7))) else { return (.anonymous, nil) }
            return (grant.principal, grant.scopes)
        }
        guard header.hasPrefix("Basic "), let decoded = Data(base64Encoded: String(header.dropFirst(6))),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":"))
        else { return (.anonymous, nil) }
        let name = String(decoding: decoded[..<colon], as: UTF8.self)
        let password = String(decoding: decoded[decoded.index(after: colon)...], as: UTF8.self)
        let prefix = try await database.value("SELECT v FROM properties WHERE k = 'robot_name_prefix'") ?? "robot$"
        if name.hasPrefix(prefix) { return (try await robot(String(name.dropFirst(prefix.count)), whole: name, password), nil) }
        return (try await user(name, password), nil)
    }

    private func robot(_ name: String, whole: String, _ secret: String) async throws -> Principal {
        let rows = try await database.query(
            """
            SELECT id, secret, salt FROM robot WHERE name = $1 AND NOT disabled
            AND (expiresat = -1 OR expiresat > extract(epoch FROM now()))
            """, [name])
        guard let row = rows.first, try matches(secret, row["secret"], salt: row["salt"]) else { return .anonymous }
        return .robot(name: whole, permissions: try await permissions(ofRobot: try row.text("id")))
    }

    private func permissions(ofRobot id: String) async throws -> RobotPermissions {
        let rows = try await database.query(
            """
            SELECT p.scope, p.resource, p.action FROM role_permission r JOIN permission_policy p ON p.id = r.permission_policy_id
            WHERE r.role_type = 'robotaccount' AND r.role_id = $1
            """, [id])
        var scopes: [String: Set<RobotPermissions.Access>] = [:]
        for row in rows {
            let access = RobotPermissions.Access(resource: try row.text("resource"), action: try row.text("action"))
            scopes[try row.text("scope"), default: []].insert(access)
        }
        return RobotPermissions(scopes: scopes)
    }

    /// With single sign-on only the administrator of the installation has a password here.
    private func user(_ name: String, _ password: String) async throws -> Principal {
        let rows = try await database.query(
            """
            SELECT password, salt, sysadmin_flag FROM harbor_user WHERE username = $1 AND NOT deleted AND (user_id = 1
            OR coalesce((SELECT v FROM properties WHERE k = 'auth_mode'), 'db_auth') = 'db_auth')
            """, [name])
        guard let row = rows.first, try matches(password, row["password"], salt: row["salt"]) else { return .anonymous }
        return .user(name: name, isAdministrator: try row.bool("sysadmin_flag"))
    }

    /// PBKDF2 with SHA-256 and 4096 rounds, 16 bytes in hexadecimal.
    private func matches(_ password: String, _ stored: String?, salt: String?) throws -> Bool {
        guard let stored, !stored.isEmpty, let salt else { return false }
        let key = try KDF.Insecure.PBKDF2.deriveKey(
            from: Data(password.utf8), salt: Data(salt.utf8), using: .sha256, outputByteCount: 16, unsafeUncheckedRounds: 4096)
        return key.withUnsafeBytes { bytes in bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() } == stored
    }
}
