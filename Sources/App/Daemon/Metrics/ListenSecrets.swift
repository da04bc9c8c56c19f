import Assembly
import Foundation
import LocalIO

/// What protects the listening address, as it was read at one time.
struct ListenSecrets: Equatable, Sendable {
    /// Certificate chain in PEM; empty where the address needs no protection.
    let certificate: [UInt8]
    /// Private key in PEM.
    let key: [UInt8]
    /// What a client must show.
    let token: [UInt8]

    /// Reads what `listen` names. Throws where a file is missing, empty or open to others.
    init(_ listen: ListenSection, environment: [String: String]) throws {
        guard let protection = listen.protection else {
            (certificate, key, token) = ([], [], [])
            return
        }
        do {
            certificate = try FileReader.contents(of: protection.certificate, limit: 1 << 20)
        } catch {
            throw RequestError(
                .configuration, "the certificate \(protection.certificate) cannot be read: \(error.errno)",
                remedy: "mend 'listen.certificate'")
        }
        key = try protection.key.read(environment: environment).bytes
        token = try protection.token.read(environment: environment).bytes
    }
}
