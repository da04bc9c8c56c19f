import Testing

@testable import Assembly

/// A slip in the configuration and what is said about it.
struct SlipCase: Sendable, CustomTestStringConvertible {
    let old: String
    /// With `▸` before the place that must be named.
    let new: String
    let what: String
    var hint: String?

    init(_ old: String, _ new: String, _ what: String, hint: String? = nil) {
        self.old = old
        self.new = new
        self.what = what
        self.hint = hint
    }

    var testDescription: String { new }

    /// Expects this slip in `sample`, and no other problem.
    func check(in sample: String = ConfigurationSamples.writer) throws {
        let marked = MarkedText(ConfigurationSamples.replacing(old, in: sample, with: new))
        let problems = ConfigurationSamples.problems(marked.text)
        let problem = try #require(problems.first, "nothing was found wrong")
        #expect(problems.count == 1, "\(problems)")
        #expect(problem.what == what)
        #expect(problem.hint == hint)
        #expect((problem.line, problem.column) == (marked.line, marked.column))
    }
}

@Suite("A wrong configuration")
struct ConfigurationProblemsTests {
    @Test("the sample itself is right")
    func sample() {
        #expect(ConfigurationSamples.problems(ConfigurationSamples.writer).isEmpty)
        #expect(ConfigurationSamples.problems(ConfigurationSamples.recovery).isEmpty)
    }

    @Test(
        "an unknown key is named with its place and the key that was meant",
        arguments: [
            SlipCase("objectives:", "▸objectivs: {}\nobjectives:", "unknown key 'objectivs'", hint: "known: pins, history, textfile"),
            SlipCase(
                "  username: robot", "  ▸usrname: x\n  username: robot", "unknown key 'usrname' in 'harbor'",
                hint: "known: ca_file, admin, hold_wait"),
            SlipCase("    deadline: 6h", "    ▸deadlin: 6h", "unknown key 'deadlin' in 'jobs.backup'", hint: "did you mean 'deadline'?"),
            SlipCase("    deadline: 6h", "    ▸catchup: 6h", "unknown key 'catchup' in 'jobs.backup'", hint: "did you mean 'catch_up'?"),
            SlipCase("  sslmode: prefer", "  ▸ssl_mode: prefer", "unknown key 'ssl_mode' in 'database'", hint: "did you mean 'sslmode'?"),
            SlipCase("  rto: 2h", "  ▸RTO: 2h", "unknown key 'RTO' in 'objectives'", hint: "did you mean 'rto'?"),
            SlipCase("listen:", "▸listn:", "unknown key 'listn'", hint: "did you mean 'listen'?"),
            SlipCase(
                "    deadline: 6h", "    ▸staging: embedded", "'staging' is an option of restore-drill, not of backup"),
            SlipCase("{complete_snapshot: 26h}", "{complete_snapshot: 26h, ▸pinned: 1}", "unknown key 'pinned' in 'jobs.gc.requires'"),
            SlipCase(
                "  password_file: database-password", "  ▸password: hunter2", "unknown key 'password' in 'database'",
                hint: "secrets do not stand in this file: did you mean 'password_file'?"),
            SlipCase(
                "  rpo: 1h", "  ▸<<: {rpo: 1h}", "unknown key '<<' in 'objectives'", hint: "merge keys are not read: repeat the values"),
        ])
    func unknownKeys(_ slip: SlipCase) throws { try slip.check() }

    @Test(
        "a value of the wrong form is named with its place",
        arguments: [
            SlipCase(
                "6h", "▸6x", "'jobs.backup.deadline': '6x' is not a duration",
                hint: "write numbers with units s, m, h or d, such as 90s, 15m or 1h30m"),
            SlipCase("6h", "▸0s", "'jobs.backup.deadline': '0s' must be longer than nothing"),
            SlipCase("rpo: 1h", "rpo: ▸[1h]", "'objectives.rpo' must be a single value, not a list"),
            SlipCase(
                "/run/opsd/control.sock", "▸run/control.sock", "'control_socket': 'run/control.sock' must be an absolute path",
                hint: "begin it with '/'"),
            SlipCase(
                "/run/opsd/control.sock", "▸/run/" + String(repeating: "x", count: 110),
                "'control_socket': '/run/\(String(repeating: "x", count: 55))…' is too long for a socket", hint: "107 bytes at most"),
            SlipCase(
                "filesystem: /data/registry", "filesystem: ▸/data/../registry",
                "'storage.filesystem': '/data/../registry' must not contain '.' or '..'"),
            SlipCase(
                "filesystem: /data/registry", "filesystem: ▸/data/registry/docker/registry/v2",
                "'storage.filesystem' must be the folder that holds docker/registry/v2", hint: "did you mean '/data/registry'?"),
            SlipCase(
                "sslmode: prefer", "sslmode: ▸prefered",
                "'database.sslmode': 'prefered' must be one of disable, allow, prefer, require, verify-ca, verify-full",
                hint: "did you mean 'prefer'?"),
            SlipCase(
                "sslmode: prefer", "sslmode: ▸verify-full", "'database.sslmode' is verify-full, which needs 'root_certificate'",
                hint: "name the PEM file of the authority that signed the server's certificate"),
            SlipCase(
                "  user: opsd", "  user: opsd\n  port: ▸70000", "'database.port': '70000' is not a port",
                hint: "ports are numbers from 1 to 65535"),
            SlipCase("  user: opsd", "  user: opsd\n  client_key: ▸db-key", "'database.client_key' needs 'client_certificate'"),
            SlipCase(
                "https://registry.example.com", "▸registry.example.com", "'harbor.url': 'registry.example.com' is not a URL",
                hint: "write it as https://registry.example.com"),
            SlipCase(
                "https://registry.example.com", "▸https://registry.example.com/harbor",
                "'harbor.url': 'https://registry.example.com/harbor' must end after the host", hint: "write 'https://registry.example.com'"),
            SlipCase(
                "\"15 2 * * *\"", "▸15 2 * *",
                "'jobs.backup.schedule': '15 2 * *' is no schedule, from its column 8: found 4 fields where 5 or 6 belong",
                hint: "write minute hour day-of-month month day-of-week, with seconds in front if wanted"),
            SlipCase(
                "\"15 2 * * *\"", "▸15 25 * * *",
                "'jobs.backup.schedule': '15 25 * * *' is no schedule, from its column 4: the hour field '25': 25 is not from 0 to 23"),
            SlipCase(
                "\"15 2 * * *\"", "▸0 0 30 2 *",
                "'jobs.backup.schedule': '0 0 30 2 *' is no schedule, from its column 5: no date ever fits day-of-month '30', month '2' and day-of-week '*'",
                hint: "'L' in day-of-month is the last day of each month"),
            SlipCase(
                "\"15 2 * * *\"", "▸0 22-5 * * *",
                "'jobs.backup.schedule': '0 22-5 * * *' is no schedule, from its column 3: the hour field '22-5': the range '22-5' runs backward",
                hint: "write it as 22-23,0-5"),
            SlipCase(
                "\"@daily\"", "▸\"@dayly\"",
                "'jobs.gc.schedule': '@dayly' is no schedule, from its column 1: '@dayly' is no name of a schedule",
                hint: "write one of @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly"),
            SlipCase(
                "    deadline: 6h", "    timezone: ▸Europe/Berln", "'jobs.backup.timezone': 'Europe/Berln' is not a time zone",
                hint: "did you mean 'Europe/Berlin'?"),
            SlipCase("    deadline: 6h", "    retries: ▸-1", "'jobs.backup.retries': '-1' must be a number from 0 to 20"),
            SlipCase(
                "    deadline: 6h", "    overlap: ▸que", "'jobs.backup.overlap': 'que' must be one of skip, queue",
                hint: "did you mean 'queue'?"),
            SlipCase(
                "    deadline: 6h", "    scan_tables: ▸exclude",
                "'jobs.backup.scan_tables': only a backup with 'scope: database' may leave the scan tables out",
                hint: "without them Harbor's pull gate would stay shut after a restore until everything is scanned again"),
            SlipCase(
                "    deadline: 6h", "    backoff: 1h\n    backoff_limit: ▸1m", "'jobs.backup.backoff_limit' is shorter than 'backoff'"),
            SlipCase(
                "scope: database", "scope: ▸databse", "'jobs.backup-database.scope': 'databse' must be one of full, database",
                hint: "did you mean 'database'?"),
            SlipCase("127.0.0.1:9464", "▸127.0.0.1", "'listen': '127.0.0.1' has no port", hint: "write it as 127.0.0.1:9464 or [::1]:9464"),
            SlipCase(
                "127.0.0.1:9464", "▸0.0.0.0:9464", "'listen': others can reach 0.0.0.0:9464, and nothing protects it",
                hint: "listen on 127.0.0.1, or give 'address', 'certificate', 'key_file' and 'token_file'"),
            SlipCase(
                "127.0.0.1:9464", "▸{address: 0.0.0.0:9464, certificate: /c.pem, key_file: k}", "'listen' needs 'token_file'",
                hint: "'certificate', 'key_file' and 'token_file' come together"),
            SlipCase(
                "    catalog_identity_file", "    pack_size: ▸64\n    catalog_identity_file",
                "'vaults.main.pack_size': '64' is a size without a unit", hint: "did you mean '64MiB'?"),
            SlipCase(
                "    catalog_identity_file", "    pack_size: ▸64mib\n    catalog_identity_file",
                "'vaults.main.pack_size': '64mib' has an unknown unit of size", hint: "did you mean '64MiB'?"),
            SlipCase(
                "    catalog_identity_file", "    pack_size: ▸2GiB\n    catalog_identity_file",
                "'vaults.main.pack_size': '2GiB' must be from 1MiB to 1GiB"),
        ])
    func wrongValues(_ slip: SlipCase) throws { try slip.check() }

    @Test(
        "what is missing is asked for at its section",
        arguments: [
            SlipCase("  host: 127.0.0.1\n  user", "  ▸user", "'database' needs 'host'"),
            SlipCase("  host: 127.0.0.1\n  user: opsd", "  ▸host: 127.0.0.1", "'database' needs 'user'"),
            SlipCase("  url: https://registry.example.com\n  username", "  ▸username", "'harbor' needs 'url'"),
            SlipCase("  rpo: 1h", "  ▸rpo:", "'objectives.rpo' has no value", hint: "give it one, or remove the line for its default"),
            SlipCase(
                "  filesystem: /data/registry", "  ▸{}", "'storage' needs 'filesystem'",
                hint: "name the folder that holds docker/registry/v2"),
            SlipCase(
                "{filesystem: /srv/vault}", "▸{}", "'vaults.main.target' needs 'filesystem'", hint: "such as {filesystem: /srv/vault}"),
            SlipCase("paths: [/data/secret]", "paths: ▸[]", "'files.keys.paths' is empty"),
            SlipCase(
                "    schedule: \"15 2 * * *\"\n    deadline", "    ▸deadline", "'jobs.backup' needs 'schedule'",
                hint: "a cron expression, or 'manual' for a job that only 'opsd run-now' starts"),
            SlipCase(
                "recipients: [\(ExampleKeys.recipients[0]), \(ExampleKeys.recipients[1])]", "recipients: ▸[]",
                "'vaults.main' is written by backups and has no 'recipients'",
                hint: "make a pair with 'age-keygen' on another host and list the line that begins with age1"),
        ])
    func missing(_ slip: SlipCase) throws { try slip.check() }

    @Test(
        "a name that refers to nothing is an error",
        arguments: [
            SlipCase("    vault: keys", "    vault: ▸kyes", "'files.keys.vault': no vault is named 'kyes'", hint: "did you mean 'keys'?"),
            SlipCase(
                "    deadline: 6h", "    vault: ▸offsite", "'jobs.backup.vault': no vault is named 'offsite'", hint: "known: main, keys"),
            SlipCase(
                "    deadline: 6h", "    after: ▸backup-databas", "'jobs.backup.after': no job is named 'backup-databas'",
                hint: "did you mean 'backup-database'?"),
            SlipCase("    deadline: 6h", "    after: ▸[backup]", "'jobs.backup.after': the job waits for itself"),
            SlipCase(
                "  gc:", "  ▸gcc:", "job 'gcc' has no 'kind', and its name is none",
                hint: "did you mean 'gc'? kinds: backup, restore-drill, rescan, retention, gc, verify, prune, audit, pin-check"),
            SlipCase(
                "    kind: backup", "    kind: ▸bakup",
                "'jobs.backup-database.kind': 'bakup' must be one of backup, restore-drill, rescan, retention, gc, verify, prune, audit, pin-check",
                hint: "did you mean 'backup'?"),
            SlipCase(
                "  config:\n", "  ▸Config/x:\n", "'files': 'Config/x' is not a usable name",
                hint: "use up to 40 of a-z, 0-9, '-' and '_', the first a letter or a digit"),
        ])
    func names(_ slip: SlipCase) throws { try slip.check() }

    @Test(
        "folders must not contain each other",
        arguments: [
            SlipCase(
                "/srv/vault}", "▸/data/registry/vault}",
                "'vaults.main.target.filesystem': /data/registry/vault lies in 'storage.filesystem'", hint: "neither may contain the other"),
            SlipCase(
                "/srv/vault-keys}", "▸/srv/vault}",
                "'vaults.keys.target.filesystem': /srv/vault is the folder of 'vaults.main.target.filesystem' too",
                hint: "each vault needs a folder of its own"),
            SlipCase(
                "/srv/vault-keys}", "▸/srv/vault/keys}",
                "'vaults.keys.target.filesystem': /srv/vault/keys lies in 'vaults.main.target.filesystem'",
                hint: "neither may contain the other"),
            SlipCase(
                "state_directory: /var/lib/opsd", "state_directory: ▸/srv/vault/state",
                "'state_directory': /srv/vault/state lies in 'vaults.main.target.filesystem'",
                hint: "a vault holds backups alone; whoever restores must not need this host's state"),
            SlipCase(
                "paths: [/data/secret]", "paths: ▸[/srv/vault/packs]",
                "'files.keys.paths': /srv/vault/packs holds or lies in 'vaults.main.target.filesystem': the backup would grow by itself"),
        ])
    func folders(_ slip: SlipCase) throws { try slip.check() }

    @Test("a vault around the registry is found from both sides")
    func surroundingVault() {
        let text = ConfigurationSamples.writer(replacing: "/srv/vault}", with: "/data}")
        #expect(
            ConfigurationSamples.problems(text).map(\.what) == [
                "'files.keys.paths': /data/secret holds or lies in 'vaults.main.target.filesystem': the backup would grow by itself",
                "'vaults.main.target.filesystem': /data contains 'storage.filesystem'",
            ])
    }

    @Test("jobs that wait for each other are found")
    func cycle() {
        let text = ConfigurationSamples.writer(replacing: "    deadline: 6h", with: "    after: gc")
            .replacing("    requires:", with: "    after: [backup-database, backup]\n    requires:")
        #expect(ConfigurationSamples.problems(text).map(\.what) == ["'jobs.backup.after': the job waits for a job that waits for it"])
    }

    @Test("a job without the sections that it works on is refused")
    func missingSections() {
        let text = """
            vaults:
              main: {target: {filesystem: /srv/vault}, signers: ["\(ExampleKeys.signer)"]}
            jobs:
              gc: {schedule: "@daily"}
              backup: {schedule: "@daily"}
              verify: {schedule: "@daily"}

            """
        #expect(
            ConfigurationSamples.problems(text).map { "\($0.line):\($0.column) \($0.what)" } == [
                "2:9 'vaults.main' is written by backups and has no 'recipients'",
                "2:9 'vaults.main' is written by backups and has no 'signing_key_file'",
                "4:7 job 'gc' needs the section 'harbor'",
                "4:7 job 'gc' needs the section 'database'",
                "5:11 job 'backup' needs the section 'database'",
                "5:11 job 'backup' needs the section 'storage'",
                "6:11 job 'verify' decrypts, and 'vaults.main' has no 'identity_file'",
            ])
    }

    @Test("with several vaults and none named main, jobs and file sets must choose")
    func ambiguousVault() {
        let text = ConfigurationSamples.writer.replacing("  main:\n", with: "  offsite:\n")
        #expect(
            ConfigurationSamples.problems(text).map(\.what) == [
                "'files.config' names no vault, and there are several", "'jobs.backup' names no vault, and there are several",
                "'jobs.backup-database' names no vault, and there are several", "'jobs.gc' names no vault, and there are several",
            ])
    }

    @Test("all problems are reported at once, in the order of the file")
    func allAtOnce() {
        let text = ConfigurationSamples.writer
            .replacing("  user: opsd", with: "  usr: opsd")
            .replacing("/data/registry", with: "data/registry")
            .replacing("rpo: 1h", with: "rpo: soon")
            .replacing("    vault: keys", with: "    vault: key")
            .replacing("listen: 127.0.0.1:9464", with: "listen: {}\nlisten: 127.0.0.1:1")
        #expect(
            ConfigurationSamples.problems(text).map(\.what) == [
                "'database' needs 'user'", "unknown key 'usr' in 'database'",
                "'storage.filesystem': 'data/registry' must be an absolute path",
                "'files.keys.vault': no vault is named 'key'", "'objectives.rpo': 'soon' is not a duration", "'listen' needs 'address'",
                "duplicate key 'listen'",
            ])
    }
}
