import Testing

@testable import Assembly

@Suite("Secrets in a configuration file")
struct ConfigurationSecretsTests {
    static let secret = "hunter2-Tr0ub4dor"

    @Test(
        "a secret that somebody wrote into the file is in no message",
        arguments: [
            "database: {password: \(secret), hst: x}",
            "database: {hst: x, \"password\": '\(secret)'}",
            "database:\n  password: |\n    \(secret)\n",
            "database:\n  password:\n    - \(secret)\n    \(secret): [",
            "database:\n  password: \(secret)\n  passwort: \(secret)\n  pwd: \(secret)\n",
            "database:\n  password: \"\(secret)\n",
            "harbor: {url: \"https://robot:\(secret)@registry.example.com\"}",
            "harbor: {url: \"robot:\(secret)@registry.example.com:x\"}",
            "harbor: {password_file: \"\(secret)!\"}",
            "harbor: {password_file: '../\(secret)'}",
            "harbor: {token: \(secret), secret_key: \(secret), api_key: \(secret)}",
            "database: {host: 'host=db password=\(secret)'}",
            "database: {host: 'opsd:\(secret)@db'}",
            "harbor: {url: 'https://registry.example.com/?key=\(secret)'}",
            "database: {host: \"postgres://opsd:\(secret)@db/registry\"}",
        ])
    func masked(text: String) {
        let problems = ConfigurationSamples.problems(text)
        #expect(!problems.isEmpty)
        let error = ConfigurationError(.invalid, problems)
        for shown in [error.description, error.problem, "\(error)", String(reflecting: error), String(describing: problems)] {
            #expect(!shown.contains(Self.secret), "\(shown)")
        }
    }

    @Test("identities and private keys are in no message, wherever they stand")
    func identities() {
        let texts = [
            "vaults: {main: {recipients: [\(ExampleKeys.identity)]}}",
            "vaults: {main: {identity_file: \(ExampleKeys.identity), x: y}}",
            "vaults:\n  main:\n    identity: \(ExampleKeys.identity)\n",
            "vaults:\n  main:\n    signers:\n      - |\n        -----BEGIN OPENSSH PRIVATE KEY-----\n        \(ExampleKeys.identity)\n",
        ]
        for text in texts {
            let error = ConfigurationError(.invalid, ConfigurationSamples.problems(text))
            #expect(!error.problems.isEmpty)
            #expect(!error.description.contains(ExampleKeys.identity.suffix(20)), "\(error)")
            #expect(!String(reflecting: error).contains(ExampleKeys.identity.suffix(20)))
        }
    }

    @Test("the mask leaves the rest of the line and the caret in place")
    func maskedLine() {
        let problem = ConfigurationSamples.problems("vaults: {}\ndatabase: {user: x, password: \(Self.secret)}").first {
            $0.what.contains("unknown key 'password'")
        }
        #expect(
            problem?.description == """
                opsd.yaml:2:21: unknown key 'password' in 'database'
                    database: {user: x, password: <redacted>
                                        ^
                    secrets do not stand in this file: did you mean 'password_file'?
                """)
    }

    @Test("a key that names a file is shown", arguments: ["password_file", "catalog_identity_file", "client_key", "internal_tls_dir"])
    func namesAreShown(key: String) {
        #expect(!SecretMask.isSecret(key: key))
        #expect(SourceText("\(key): /etc/x", file: "x").excerpt(line: 1, column: 1)?.contains("/etc/x") == true)
    }

    /// Not private, and in no function: a dump shows the address of such a type's context, and any digits may stand in an address.
    struct Holder { let secret: Secret }

    @Test("a secret prints as redacted, however it is printed")
    func printing() {
        let secret = Secret(bytes: Array(Self.secret.utf8))
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        for text in [
            "\(secret)", String(reflecting: secret), String(describing: Holder(secret: secret)), "\(Optional(secret) as Any)",
            "\([secret])", dumped,
        ] {
            #expect(!text.contains(Self.secret) && !text.contains("104"), "\(text)")
            #expect(text.contains("<redacted>") || text == dumped)
        }
        #expect(secret.text == Self.secret)
        #expect(Secret(bytes: [0xFF]).text == nil)
    }
}
