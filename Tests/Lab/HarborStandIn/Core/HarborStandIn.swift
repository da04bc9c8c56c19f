package import HarborLab
import LocalIO

/// Harbor's API and registry front over a lab: answers as Harbor does, from the lab's rows and storage. It ends when it is stopped or dropped.
package final class HarborStandIn: Sendable {
    /// How it is made.
    package struct Options: Sendable {
        /// Whether it speaks HTTPS.
        package var isEncrypted: Bool
        /// Whether the robot gets, beside its seeded permissions, those that an operations daemon asks for.
        package var grantsPermissions: Bool
        /// How jobs run.
        package var jobs: JobService.Options
        /// What delays and jobs take their time from.
        package var clock: any Clock<Duration>

        /// How it is made.
        package init(
            isEncrypted: Bool = true, grantsPermissions: Bool = true, jobs: JobService.Options = .init(),
            clock: any Clock<Duration> = ContinuousClock()
        ) {
            self.isEncrypted = isEncrypted
            self.grantsPermissions = grantsPermissions
            self.jobs = jobs
            self.clock = clock
        }
    }

    /// The name of the robot, its prefix included.
    package let robot = "robot$opsd"
    /// The robot's secret.
    package let robotPassword = "robot-secret-of-the-lab"
    /// The administrator's name.
    package let admin = "admin"
    /// The administrator's password.
    package let adminPassword = "Harbor12345"
    /// Such as `https://127.0.0.1:40123`.
    package let url: String
    /// The TCP port on 127.0.0.1.
    package let port: Int
    /// The file with the certificate that clients must trust.
    package let certificateAuthority: String
    /// What tests switch.
    package let faults: StandInState
    /// The database, for tests that look at rows or change them.
    package let database: StandInDatabase

    /// The job service, for tests that hold jobs or break them.
    package let jobs: JobService

    private let server: StandInServer
    private let working: Task<Void, any Error>

    private init(
        url: String, port: Int, certificateAuthority: String, faults: StandInState, database: StandInDatabase, jobs: JobService,
        server: StandInServer, working: Task<Void, any Error>
    ) {
        self.url = url
        self.port = port
        self.certificateAuthority = certificateAuthority
        self.faults = faults
        self.database = database
        self.jobs = jobs
        self.server = server
        self.working = working
    }

    /// Starts to answer for `lab`, which must live longer. Throws `LabError`, `PostgresError`.
    package static func start(lab: HarborLab, options: Options = Options()) async throws -> HarborStandIn {
        let folder = lab.path + "/api"
        let certificates = try await onBlockingThread { try StandInCertificates(in: folder) }
        let database = StandInDatabase(lab: lab)
        if options.grantsPermissions { try await database.grantLeastPermissions(toRobot: "opsd") }
        let state = StandInState()
        let tokens = BearerTokens()
        let scheme = options.isEncrypted ? "https" : "http"
        let routes = Routes()
        let deletion = CoreDeletion(database: database)
        let jobs = JobService(
            database: database, storage: lab.storage, deletion: deletion, options: options.jobs, clock: options.clock)
        let pipeline = RequestPipeline(
            state: state, database: database, authentication: Authentication(database: database, tokens: tokens), routes: routes,
            front: RegistryFront(
                database: database, registry: lab.registry, tokens: tokens,
                gate: PullGate(database: database, isScannerHealthy: { await jobs.switches.isScannerHealthy }), deletion: deletion,
                scheme: scheme),
            clock: options.clock)
        let server = try await StandInServer.start(certificates: options.isEncrypted ? certificates : nil) { request in
            await pipeline.respond(to: request)
        }
        let url = "\(scheme)://127.0.0.1:\(server.port)"
        addSystemRoutes(to: routes, database: database, lab: lab, url: url)
        ProjectRoutes(database: database).add(to: routes)
        ArtifactRoutes(database: database, deletion: deletion) { artifact, project, accepted in
            try await jobs.scanOverview(artifact: artifact, project: project, accepting: accepted).map { try JSONValue(parsing: $0) }
        }.add(to: routes)
        GovernanceRoutes(database: database).add(to: routes)
        ReplicationRoutes(database: database).add(to: routes)
        addJobRoutes(to: routes, jobs: jobs)
        // The jobs live as long as the stand-in, which no task of the caller's does.
        let working = Task { try await jobs.run() }
        return HarborStandIn(
            url: url, port: server.port, certificateAuthority: certificates.authority, faults: state, database: database, jobs: jobs,
            server: server, working: working)
    }

    /// Ends server and jobs; the lab goes on. Jobs at work are cut off where they are.
    package func stop() {
        server.stop()
        working.cancel()
    }

    deinit { stop() }
}
