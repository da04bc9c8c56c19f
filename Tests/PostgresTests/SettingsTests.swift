import Postgres
import Testing

@Suite("Connection settings")
struct SettingsTests {
    @Test(
        "a DSN of either form gives the same settings",
        arguments: [
            "postgresql://opsd:p%40ss%20word@db.example.com:5433/registry?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=7&application_name=x",
            "host=db.example.com port=5433 user=opsd password='p@ss word' dbname=registry sslmode=verify-full sslrootcert=/ca.pem connect_timeout=7 application_name=x",
        ])
    func dsn(text: String) throws {
        let settings = try PostgresSettings(dsn: text)
        let expected = PostgresSettings(
            host: "db.example.com", port: 5433, database: "registry", user: "opsd", password: Secret("p@ss word"), sslmode: .verifyFull,
            rootCertificate: "/ca.pem", connectTimeout: .seconds(7), applicationName: "x")
        #expect(settings == expected)
        #expect("\(settings)" == "opsd@db.example.com:5433/registry")
    }

    @Test("what we have no word for is kept for libpq")
    func others() throws {
        #expect(
            try PostgresSettings(dsn: "host=h sslcrl=/crl.pem target_session_attrs=any").otherParameters == [
                "sslcrl": "/crl.pem", "target_session_attrs": "any",
            ])
    }

    @Test(
        "a malformed DSN is refused without repeating it",
        arguments: [
            "postgresql://u:hunter2@[::1/registry", "host='hunter2", "hunter2", "host=h port=hunter2x", "host=h port=0",
            "host=h sslmode=hunter2", "passwort=hunter2",
        ])
    func malformed(text: String) throws {
        let error = try #require(throws: PostgresError.self) { try PostgresSettings(dsn: text) }
        #expect(error.code == .settings && !error.isRetryable)
        if !text.contains("port") && !text.contains("sslmode") { #expect(!"\(error)".contains("hunter2")) }
    }

    @Test("a password shows in no way of printing")
    func redacted() {
        let settings = PostgresSettings(host: "h", database: "d", user: "u", password: Secret("hunter2"))
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), String(describing: settings.password as Any), dumped] {
            #expect(!text.contains("hunter2"), "\(text)")
        }
    }

    @Test("each error code says whether a retry makes sense", arguments: PostgresError.Code.allCases)
    func retryable(code: PostgresError.Code) {
        let passing: Set<PostgresError.Code> = [.unreachable, .unavailable, .connectionLost, .lockNotAvailable, .cancelled]
        #expect(PostgresError(code, "x").isRetryable == passing.contains(code))
    }
}
