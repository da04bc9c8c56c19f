/// An import that a module may have; `reason` says why where the design's own table of arrows does not have it.
struct Arrow: ExpressibleByStringLiteral, Sendable {
    let target: String
    let reason: String?

    init(stringLiteral value: String) {
        target = value
        reason = nil
    }

    init(_ target: String, because reason: String) {
        self.target = target
        self.reason = reason
    }
}

/// What one module may import.
struct ModuleRule: Sendable {
    let name: String
    let ring: String
    /// Modules of ours, and of the C libraries.
    let arrows: [Arrow]
    /// Modules of packages.
    let packages: [String]
    /// Modules of the toolchain.
    let toolchain: [String]

    init(_ ring: String, _ name: String, _ arrows: [Arrow], packages: [String] = [], toolchain: [String] = []) {
        self.ring = ring
        self.name = name
        self.arrows = arrows
        self.packages = packages
        self.toolchain = toolchain
    }

    var allowed: Set<String> { Set(arrows.map(\.target) + packages + toolchain + ["Swift", "_Concurrency"]) }
    /// What the package manifest has to list.
    var dependencies: Set<String> { Set(arrows.map(\.target) + packages) }
}

/// The arrows between modules: whoever adds one adds it here, with its reason.
enum ArrowTable {
    private static let files = Arrow(
        "LocalIO", because: "crash-safe file and thread primitives that four rings would otherwise write again")
    private static let kernel = Arrow("CLinux", because: "calls of Linux that Swift's module of glibc does not declare")

    static let rules: [ModuleRule] = [
        ModuleRule("Formats", "AgeEncryption", [], packages: ["Crypto", "CryptoExtras"], toolchain: ["Foundation"]),
        ModuleRule("Formats", "CronSchedule", [], toolchain: ["Foundation"]),
        ModuleRule("Formats", "OCIImage", [], packages: ["Crypto"]),
        ModuleRule("Formats", "SSHSignature", [], packages: ["Crypto"], toolchain: ["Foundation"]),

        ModuleRule(
            "Adapters", "Archive", ["CLibarchive", files], packages: ["SystemPackage"],
            toolchain: ["Foundation", "Glibc", "Synchronization"]),
        ModuleRule("Adapters", "CurlTransport", ["CLibcurl", files], toolchain: ["Dispatch", "Glibc", "Synchronization"]),
        ModuleRule("Adapters", "LocalIO", [kernel], packages: ["SystemPackage"], toolchain: ["Dispatch", "Glibc", "Synchronization"]),
        ModuleRule("Adapters", "Postgres", ["CLibpq", files], toolchain: ["Dispatch", "Foundation", "Glibc", "Synchronization"]),
        ModuleRule("Adapters", "Programs", [], packages: ["Subprocess", "SystemPackage"], toolchain: ["Glibc"]),

        ModuleRule("Registry", "DatabaseDump", ["Postgres"], toolchain: ["Foundation", "Synchronization"]),
        ModuleRule("Registry", "HarborAPI", ["CurlTransport", "OCIImage"], toolchain: ["Foundation"]),
        ModuleRule(
            "Registry", "HarborDatabase", ["OCIImage", "Postgres"], packages: ["Crypto", "CryptoExtras"],
            toolchain: ["Foundation", "Synchronization"]),
        ModuleRule(
            "Registry", "RegistryStorage", [files, "OCIImage"], packages: ["SystemPackage"], toolchain: ["Glibc", "Synchronization"]),

        ModuleRule(
            "Vault", "Vault", ["AgeEncryption", "Archive", files, "OCIImage", "SSHSignature"],
            packages: ["GRDB", "SystemPackage"],
            toolchain: ["Foundation", "Synchronization"]),
        ModuleRule("Vault", "VaultTargets", [files, "Vault"], packages: ["SystemPackage"], toolchain: ["Foundation", "Synchronization"]),

        ModuleRule(
            "Operations", "JobEngine", ["CronSchedule", files], packages: ["GRDB", "Logging", "SystemPackage"],
            toolchain: ["Foundation", "Synchronization"]),
        ModuleRule(
            "Operations", "Jobs",
            [
                "Archive", "DatabaseDump", "HarborAPI", "HarborDatabase", "JobEngine", files,
                Arrow("OCIImage", because: "digests and names are the words of every job"),
                Arrow("Postgres", because: "a job holds the snapshot that dump and inventory share"), "RegistryStorage", "Vault",
            ], packages: ["AsyncAlgorithms", "SystemPackage"], toolchain: ["Foundation", "Synchronization"]),
        ModuleRule(
            "Operations", "Retention",
            [
                Arrow("HarborDatabase", because: "it judges Harbor's rows as they are, and never asks for them"),
                Arrow("OCIImage", because: "pins and holds are references"),
            ], toolchain: ["Foundation"]),
        ModuleRule(
            "Operations", "Upkeep",
            [
                Arrow("CronSchedule", because: "a schedule of Harbor's is compared with what it promises"), "HarborAPI", "HarborDatabase",
                "JobEngine", files, Arrow("OCIImage", because: "digests and names are the words of every job"),
                Arrow("Postgres", because: "a plan is of one snapshot"),
                Arrow("Programs", because: "a list of pins may be a program's output"), "RegistryStorage",
                Arrow("Retention", because: "what may go is planned apart from what deletes it"),
                Arrow("Vault", because: "nothing goes that no snapshot has"),
            ], packages: ["SystemPackage"], toolchain: ["Foundation", "Synchronization"]),

        ModuleRule(
            "App", "Assembly",
            [
                Arrow("AgeEncryption", because: "the configuration holds recipients and identities"),
                Arrow("CronSchedule", because: "the configuration holds schedules"),
                Arrow("CurlTransport", because: "one transport serves all calls of Harbor's API"), "DatabaseDump",
                Arrow("HarborAPI", because: "the configuration holds the way to Harbor"),
                Arrow("HarborDatabase", because: "the live check asks for the schema of Harbor's database"), "JobEngine", "Jobs",
                "LocalIO", Arrow("OCIImage", because: "the configuration and what is asked of it name digests"),
                "Postgres", Arrow("Programs", because: "a failed program has its exit status"),
                "RegistryStorage", Arrow("Retention", because: "the configuration holds the rules"),
                Arrow("SSHSignature", because: "the configuration holds signers and signing keys"), "Upkeep",
                Arrow("Vault", because: "the graph's centre"), "VaultTargets",
            ], packages: ["Logging", "SystemPackage", "Yams"], toolchain: ["Foundation", "Glibc", "Synchronization"]),
        ModuleRule(
            "App", "ControlProtocol", [Arrow("JobEngine", because: "the report of a run is one contract, sent and printed alike")],
            toolchain: ["Foundation"]),
        ModuleRule("App", "OpsMetrics", []),
        ModuleRule(
            "App", "Daemon",
            [
                "Assembly", "ControlProtocol", Arrow("CronSchedule", because: "metrics and status tell what a schedule plans"), "JobEngine",
                files, "OpsMetrics",
            ],
            packages: [
                "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging", "NIOCore", "NIOSSL", "ServiceLifecycle",
                "SystemPackage", "UnixSignals",
            ], toolchain: ["Dispatch", "Foundation", "Glibc", "Synchronization"]),
        ModuleRule(
            "App", "Commands",
            [
                "Assembly", "ControlProtocol", "CronSchedule", Arrow("CurlTransport", because: "commands speak HTTP on the control socket"),
                "Daemon", Arrow("HarborDatabase", because: "a listing renders inventory lines"), "JobEngine", "Jobs", files,
                Arrow("OCIImage", because: "arguments are digests and references"),
                Arrow("Retention", because: "a plan's reasons are rendered"), Arrow("Upkeep", because: "plans are rendered"), "Vault",
            ], packages: ["ArgumentParser", "Logging", "SystemPackage"],
            toolchain: ["Dispatch", "Foundation", "Glibc", "Synchronization"]),
        ModuleRule("App", "opsd", ["Commands"], toolchain: ["Glibc"]),
    ]

    /// What only these modules may import, whatever the table above says.
    static let exclusive: [String: Set<String>] = [
        "CLibarchive": ["Archive"], "CLibcurl": ["CurlTransport"], "CLibpq": ["Postgres"], "CLinux": ["LocalIO"],
        "ArgumentParser": ["Commands", "opsd"],
        "Yams": ["Assembly"],
        "GRDB": ["JobEngine", "Vault"], "Hummingbird": ["Daemon"], "HummingbirdCore": ["Daemon"], "HummingbirdTLS": ["Daemon"],
        "ServiceLifecycle": ["Daemon"],
    ]

    /// What stands at the top of the project, beside files whose name begins with a dot.
    static let topLevel: Set<String> = ["Package.swift", "Package.resolved", "README.md", "Sources", "Tests", "etc", "runbooks", "systemd"]

    /// Executables only enter; their page is the README.
    static let withoutPage: Set<String> = ["opsd"]
}

/// A word that may stand in some files only.
struct WordRule: Sendable {
    let pattern: String
    let reason: String
    /// Beginnings of the paths that it concerns.
    let scope: [String]
    /// Beginnings of the paths where it may stand.
    let exceptions: [String]

    /// A word ends at a dot here, unlike in prose.
    func compiled() throws -> Regex<AnyRegexOutput> { try Regex(pattern).wordBoundaryKind(.simple) }

    static let clocks = WordRule(
        pattern:
            #"\bDate\(\)|\bDate\.now\b|\b(?:Continuous|Suspending)Clock\b|\bTask\.sleep\b|\bclock_gettime\b|\bgettimeofday\b|\bDispatchTime\b"#,
        reason: "time is injected: a clock is made where a program is put together, and read where it is implemented", scope: ["Sources/"],
        exceptions: [
            "Sources/Operations/JobEngine/Runs/WallClock.swift", "Sources/App/Assembly/Installation/Installation.swift",
            "Sources/Adapters/LocalIO/MonotonicTime.swift",
        ])

    static let all: [WordRule] = [
        clocks,
        WordRule(
            pattern: #"\bProcess\(\)|\bFoundation\.Process\b"#, reason: "programs are started by adapters only", scope: ["Sources/"],
            exceptions: ["Sources/Adapters/"]),
        WordRule(
            pattern:
                #"\bFileManager\b|\bFileHandle\b|\b(?:Data|String)\(contentsOf|\bURLSession\b|\bO_(?:RDONLY|WRONLY|RDWR)\b|\b(?:fopen|fread|socket)\(|\bProcessInfo\b|\bgetenv\("#,
            reason: "a format takes bytes and gives values: no file, network or environment", scope: ["Sources/Formats/"], exceptions: []),
        WordRule(
            pattern: #"@_exported|@_spi|@_implementationOnly"#, reason: "an import is seen where it is used",
            scope: ["Sources/", "Tests/"], exceptions: []),
        WordRule(pattern: #"\bfatalError\("#, reason: "a failure is an error that somebody reads", scope: ["Sources/"], exceptions: []),
    ]
}
