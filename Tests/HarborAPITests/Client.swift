import CurlTransport
import HarborAPI
import LabServers
import OCIImage

/// A client of a server on loopback.
func client(
    _ server: RecordingServer, clock: RecordingClock = RecordingClock(), username: String = "robot$backup", admin: HarborAccount? = nil
) -> HarborClient {
    let account = HarborAccount(username: username, password: CurlTransport.Secret("s3cret"))
    return HarborClient(
        HarborSettings(url: server.url + "/", account: account, admin: admin, version: "1.2"), transport: CurlTransport(), clock: clock)
}

/// Runs `work`, which must fail, and answers its error.
func harborError(_ work: () async throws -> Void) async throws -> HarborAPIError {
    do {
        try await work()
    } catch {
        guard let error = error as? HarborAPIError else { throw error }
        return error
    }
    throw LabError(.unexpectedAnswer, "a call succeeded that should have failed")
}

enum Sample {
    static let text = "sha256:" + String(repeating: "1a", count: 32)
    static let otherText = "sha256:" + String(repeating: "2b", count: 32)

    static func digest() throws -> Digest { try Digest(parsing: text) }
    static func repository() throws -> RepositoryName { try RepositoryName(parsing: "library/team/app") }
}
