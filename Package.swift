// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncAlgorithms: Target.Dependency = .product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// A library of ours in one of the rings of `Sources/`.
func ring(_ ring: String, _ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(ring)/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "opsd",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "opsd", targets: ["opsd"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        // System: a module map and a shim for each C library, no Swift.
        .systemLibrary(
            name: "CLibarchive", path: "Sources/System/CLibarchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(
            name: "CLibcurl", path: "Sources/System/CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLinux", path: "Sources/System/CLinux"),
        .systemLibrary(name: "CLibpq", path: "Sources/System/CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

        // Formats: bytes in, values out; no file, network or clock.
        ring("Formats", "AgeEncryption", [crypto, cryptoExtras]),  // age v1, streaming and seekable
        ring("Formats", "CronSchedule", []),  // cron as Debian reads it, and as Harbor does
        ring("Formats", "OCIImage", [crypto]),  // digests, manifests, indexes, references
        ring("Formats", "SSHSignature", [crypto]),  // SSHSIG, as ssh-keygen -Y signs and verifies

        // Adapters: the only importers of their C library, and of the host's files and threads.
        ring("Adapters", "Archive", ["CLibarchive", "LocalIO", systemPackage]),  // pax tar with zstd, file sets
        ring("Adapters", "CurlTransport", ["CLibcurl", "LocalIO"]),  // HTTP over TCP and unix sockets
        ring("Adapters", "LocalIO", ["CLinux", systemPackage]),  // crash-safe files, locks, threads for blocking work
        ring("Adapters", "Postgres", ["CLibpq", "LocalIO"]),  // connections, COPY both ways, cancellation

        ring("Adapters", "Programs", [subprocess, systemPackage]),  // other programs: arguments in, output out

        // Registry: what a Harbor installation consists of.
        ring("Registry", "DatabaseDump", ["Postgres"]),  // a whole database as archive members, and back
        ring("Registry", "HarborAPI", ["CurlTransport", "OCIImage"]),  // Harbor's REST API, typed
        ring("Registry", "HarborDatabase", ["OCIImage", "Postgres", crypto, cryptoExtras]),  // Harbor's rows, in a given snapshot
        ring("Registry", "RegistryStorage", ["LocalIO", "OCIImage", systemPackage]),  // blobs and link files on disk

        // Vault: the backup format, and the storages under it.
        ring("Vault", "Vault", ["AgeEncryption", "Archive", "LocalIO", "OCIImage", "SSHSignature", grdb, systemPackage]),
        ring("Vault", "VaultTargets", ["LocalIO", "Vault", systemPackage]),

        // Operations: how runs live, and what they do.
        ring("Operations", "JobEngine", ["CronSchedule", "LocalIO", grdb, logging, systemPackage]),  // schedules, runs, locks, the journal
        ring(
            "Operations", "Jobs",
            [
                "Archive", "DatabaseDump", "HarborAPI", "HarborDatabase", "JobEngine", "LocalIO", "OCIImage", "Postgres", "RegistryStorage",
                "Vault",
                asyncAlgorithms, systemPackage,
            ]),

        ring("Operations", "Retention", ["HarborDatabase", "OCIImage"]),  // what may go and why: rules in, plan out
        ring(
            "Operations", "Upkeep",
            [
                "CronSchedule", "HarborAPI", "HarborDatabase", "JobEngine", "LocalIO", "OCIImage", "Postgres", "Programs",
                "RegistryStorage", "Retention",
                "Vault", systemPackage,
            ]),  // rescans, retention, garbage collection

        // App: configuration, commands, entry point.
        ring(
            "App", "Assembly",
            [
                "AgeEncryption", "CronSchedule", "CurlTransport", "DatabaseDump", "HarborAPI", "HarborDatabase", "JobEngine", "Jobs",
                "LocalIO",
                "OCIImage", "Postgres", "Programs", "RegistryStorage", "Retention", "SSHSignature", "Upkeep", "Vault", "VaultTargets",
                logging, systemPackage, yams,
            ]),
        ring("App", "ControlProtocol", ["JobEngine"]),  // what daemon and commands say to each other, as values
        ring("App", "OpsMetrics", []),  // every metric, and Prometheus' text
        ring(
            "App", "Daemon",
            [
                "Assembly", "ControlProtocol", "CronSchedule", "JobEngine", "LocalIO", "OpsMetrics", httpTypes, hummingbird,
                hummingbirdCore,
                hummingbirdTLS, logging,
                nioCore, nioSSL, serviceLifecycle, systemPackage, unixSignals,
            ]),
        ring(
            "App", "Commands",
            [
                "Assembly", "ControlProtocol", "CronSchedule", "CurlTransport", "Daemon", "HarborDatabase", "JobEngine", "Jobs", "LocalIO",
                "OCIImage", "Retention", "Upkeep",
                "Vault", argumentParser, logging, systemPackage,
            ]),
        .executableTarget(name: "opsd", dependencies: ["Commands"], path: "Sources/App/opsd", swiftSettings: strict),

        // The lab: real servers on loopback for tests and for trying opsd out.
        .target(name: "LabServers", dependencies: [], path: "Tests/Lab/LabServers", swiftSettings: strict),
        .target(
            name: "HarborLab", dependencies: ["LabServers", crypto, cryptoExtras], path: "Tests/Lab/HarborLab",
            resources: [.copy("Schema"), .copy("Seeds")], swiftSettings: strict),
        .executableTarget(
            name: "harborlab", dependencies: ["HarborLab", "HarborStandIn", "LabServers", "LocalIO", argumentParser],
            path: "Tests/Lab/harborlab", swiftSettings: strict
        ),
        .target(name: "HarborDescription", dependencies: [yams], path: "Tests/Lab/HarborDescription", swiftSettings: strict),
        .target(
            name: "HarborStandIn",
            dependencies: [
                "HarborLab", "LabServers", "LocalIO", "Postgres", crypto, cryptoExtras, httpTypes, hummingbird, hummingbirdCore,
                hummingbirdTLS,
                logging, nioCore, nioSSL,
            ], path: "Tests/Lab/HarborStandIn", swiftSettings: strict),
        .target(name: "VaultLab", dependencies: ["Vault"], path: "Tests/Lab/VaultLab", swiftSettings: strict),

        tests("ArchitectureTests", []),
        tests("AgeEncryptionTests", ["AgeEncryption", "LabServers", crypto]),
        tests("ArchiveTests", ["Archive", "LabServers", "LocalIO", systemPackage]),
        tests(
            "AssemblyTests",
            [
                "AgeEncryption", "Assembly", "CronSchedule", "CurlTransport", "HarborAPI", "HarborLab", "HarborStandIn", "JobEngine",
                "Jobs",
                "LabServers", "LocalIO", "OCIImage", "Programs", "Retention", "SSHSignature", "Upkeep", "Vault", "VaultTargets",
                systemPackage,
            ]),
        tests(
            "CommandsTests",
            [
                "AgeEncryption", "Assembly", "Commands", "ControlProtocol", "CronSchedule", "CurlTransport", "Daemon", "HarborLab",
                "HarborStandIn",
                "JobEngine", "Jobs", "LabServers", "LocalIO", "OCIImage", "SSHSignature", "Vault", "VaultTargets", systemPackage,
            ]),
        tests("ControlProtocolTests", ["ControlProtocol", "JobEngine"]),
        tests("CronScheduleTests", ["CronSchedule", "LabServers"]),
        tests("CurlTransportTests", ["CurlTransport", "LabServers"]),
        tests(
            "DaemonTests",
            [
                "Assembly", "ControlProtocol", "CurlTransport", "Daemon", "HarborLab", "HarborStandIn", "JobEngine", "LabServers",
                "LocalIO", "OpsMetrics", logging, systemPackage,
            ]),
        tests("DatabaseDumpTests", ["DatabaseDump", "HarborLab", "LabServers", "Postgres"]),
        tests("EndToEnd", ["HarborLab", "HarborStandIn", "LabServers", "LocalIO"]),
        tests("HarborAPITests", ["CurlTransport", "HarborAPI", "HarborDescription", "LabServers", "OCIImage"]),
        tests("HarborStandInTests", ["HarborDescription", "HarborLab", "HarborStandIn", "LabServers", "LocalIO", "Postgres"]),
        tests("ProgramsTests", ["LabServers", "Programs"]),
        tests("RetentionTests", ["HarborDatabase", "LabServers", "OCIImage", "Retention"]),
        tests(
            "UpkeepTests",
            [
                "AgeEncryption", "CurlTransport", "HarborAPI", "HarborDatabase", "HarborLab", "HarborStandIn", "JobEngine", "LabServers",
                "LocalIO", "OCIImage",
                "Postgres", "RegistryStorage", "Retention", "SSHSignature", "Upkeep", "Vault", "VaultTargets", logging, systemPackage,
            ]),
        tests("HarborDatabaseTests", ["HarborDatabase", "HarborLab", "LabServers", "OCIImage", "Postgres"]),
        tests("HarborLabTests", ["HarborLab", "LabServers"]),
        tests("JobEngineTests", ["CronSchedule", "JobEngine", "LabServers", "LocalIO", logging, systemPackage]),
        tests(
            "JobsTests",
            [
                "AgeEncryption", "Archive", "HarborDatabase", "JobEngine", "Jobs", "LabServers", "OCIImage", "RegistryStorage",
                "SSHSignature", "Vault",
                "VaultTargets", logging, systemPackage,
            ]),
        tests("LocalIOTests", ["LabServers", "LocalIO", systemPackage]),
        tests("OCIImageTests", ["OCIImage"]),
        tests("OperationsFilesTests", ["LabServers", "OpsMetrics"]),
        tests("OpsMetricsTests", ["LabServers", "OpsMetrics"]),
        tests("PostgresTests", ["LabServers", "Postgres"]),
        tests("RegistryStorageTests", ["LabServers", "LocalIO", "OCIImage", "RegistryStorage", systemPackage]),
        tests("SSHSignatureTests", ["LabServers", "SSHSignature"]),
        tests("VaultTargetsTests", ["LabServers", "LocalIO", "Vault", "VaultLab", "VaultTargets", systemPackage]),
        tests(
            "VaultTests",
            ["AgeEncryption", "LabServers", "LocalIO", "OCIImage", "SSHSignature", "Vault", "VaultLab", "VaultTargets", systemPackage]),
    ]
)
