/// The calls that say which scanners there are and how they fare.
struct ScannerRoutes: Sendable {
    let jobs: JobService

    private var database: StandInDatabase { jobs.database }

    func add(to routes: Routes) {
        routes.on("GET", "/scanners") { request in
            try request.require("list", "scanner")
            let columns = ["name", "uuid", "url"].map { ($0, Listing.Column(kind: .text, expression: $0)) }
            return try await Listing(
                from: "scanner_registration", document: await registration, columns: Dictionary(uniqueKeysWithValues: columns), order: "id"
            ).respond(request, database)
        }
        routes.on("GET", "/scanners/{uuid}") { request in
            try request.require("read", "scanner")
            return .jsonText(try await scanner(request))
        }
        routes.on("GET", "/scanners/{uuid}/metadata") { request in
            try request.require("read", "scanner")
            _ = try await scanner(request)
            guard await jobs.switches.isScannerHealthy else { throw StandInFailure(500, "UNKNOWN", "internal server error") }
            return try .json(Self.metadata(await jobs.switches.scannerProperties))
        }
        routes.on("GET", "/projects/{project}/scanner") { request in
            let project = try await database.project(request.parameter("project"))
            try request.require("read", "scanner", in: project)
            guard let own = try await ScanReports(database: database).scanner(ofProject: Int64(project.id)) else { return .status(200) }
            return .jsonText(try await scanner(own.uuid))
        }
    }

    private func scanner(_ request: StandInRequest) async throws -> String { try await scanner(request.parameter("uuid")) }

    private func scanner(_ uuid: String) async throws -> String {
        let json = try await database.value("SELECT \(await registration) FROM scanner_registration WHERE uuid = $1", [uuid])
        guard let json else { throw StandInFailure.notFound("scanner \(uuid) not found") }
        return json
    }

    /// A registration as the API shows it; what the scanner tells about itself is missing while it is out of reach.
    private var registration: String {
        get async {
            let isHealthy = await jobs.switches.isScannerHealthy
            let told = """
                , 'adapter', 'Trivy', 'vendor', 'Aqua Security', 'version', 'v0.72.0',
                'capabilities', json_build_object('support_vulnerability', true, 'support_sbom', true)
                """
            return """
                json_build_object('uuid', uuid, 'name', name, 'description', coalesce(description, ''), 'url', url, 'disabled', disabled,
                    'is_default', is_default, 'auth', auth, 'skip_certVerify', skip_cert_verify, 'use_internal_addr', use_internal_addr,
                    'create_time', \(ScanReports.time("create_time")), 'update_time', \(ScanReports.time("update_time")),
                    'health', '\(isHealthy ? "healthy" : "unhealthy")'\(isHealthy ? told : ""))
                """
        }
    }

    private static func metadata(_ properties: [String: String]?) -> JSONValue {
        [
            "scanner": ["name": "Trivy", "vendor": "Aqua Security", "version": "v0.72.0"],
            "capabilities": [
                [
                    "type": "vulnerability",
                    "consumes_mime_types": [
                        "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
                    ],
                    "produces_mime_types": [.text(ScanReports.mimeType)],
                ]
            ],
            "properties": .object((properties ?? [:]).mapValues(JSONValue.text)),
        ]
    }
}
