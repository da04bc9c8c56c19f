import CurlTransport
package import OCIImage

extension HarborClient {
    /// The scanners that Harbor knows; it asks each whether it is healthy.
    package func scanners() async throws -> [Scanner] {
        try await all(HarborList(HarborCall(.listScanners, "/scanners"), sortedBy: nil, id: \.uuid, read: Scanner.init))
    }

    /// What a scanner says of itself; Harbor asks it now.
    package func scannerProperties(_ uuid: String) async throws -> ScannerProperties {
        ScannerProperties(all: try await object(HarborCall(.getScannerMetadata, "/scanners/\(uuid)/metadata")).texts("properties"))
    }

    /// The scanner that a project uses; nil where there is none.
    package func projectScanner(_ project: String) async throws -> Scanner? {
        let call = HarborCall(.getScannerOfProject, "/projects/\(project)/scanner").namingProject()
        let answer = try await object(call)
        return try answer.text("uuid") == nil ? nil : Scanner(answer)
    }

    /// Starts to scan an artifact for vulnerabilities. Harbor drops the report that there is, before it has a new one.
    ///
    /// Throws `conflict` while a scan of it is under way, and `precondition` without an enabled scanner. It is sent once: after
    /// `unreachable` or `timedOut` the scan may have begun.
    package func scan(_ digest: Digest, in repository: RepositoryName) async throws {
        let path: HarborPath = "/\(try HarborRepository(repository))/artifacts/\(digest)/scan"
        _ = try await send(HarborCall(.scanArtifact, .post, path).sending(["scan_type": "vulnerability"]))
    }

    /// Stops the scan of an artifact; it is stopped some time after.
    package func stopScan(_ digest: Digest, in repository: RepositoryName) async throws {
        let path: HarborPath = "/\(try HarborRepository(repository))/artifacts/\(digest)/scan/stop"
        _ = try await send(HarborCall(.stopScanArtifact, .post, path).sending(["scan_type": "vulnerability"]))
    }

    /// What the last scan of an artifact found; nil where there is no report, or no such artifact. An index has its children's findings.
    package func vulnerabilities(of digest: Digest, in repository: RepositoryName) async throws -> VulnerabilityReport? {
        let path: HarborPath = "/\(try HarborRepository(repository))/artifacts/\(digest)/additions/vulnerabilities"
        let call = HarborCall(.getVulnerabilitiesAddition, path).acceptingReports().expecting([404]).reading(upTo: 256 * 1024 * 1024)
        let answer = try await send(call)
        guard answer.head.status != 404 else { return nil }
        do {
            return try VulnerabilityReport(answer.body)
        } catch {
            throw call.operation.unexpected("it is no report")
        }
    }

    /// The log of a scan, by its report's id.
    package func scanLog(_ reportID: String, of digest: Digest, in repository: RepositoryName) async throws -> String {
        try await text(HarborCall(.getReportLog, "/\(try HarborRepository(repository))/artifacts/\(digest)/scan/\(reportID)/log"))
    }

    /// How far the last scan of everything is that was started by hand. Throws `precondition` without a default scanner.
    package func scanAllMetrics() async throws -> ScanAllMetrics {
        try ScanAllMetrics(await object(HarborCall(.getLatestScanAllMetrics, "/scans/all/metrics")))
    }

    /// When Harbor scans everything by itself; nil for never.
    package func scanAllSchedule() async throws -> HarborSchedule? {
        try await schedule(HarborCall(.getScanAllSchedule, "/system/scanAll/schedule"))
    }

    /// Starts to scan everything. Throws `conflict` while such a scan is under way, `precondition` without a default scanner.
    ///
    /// It is sent once: after `unreachable` or `timedOut` the scan may have begun.
    package func startScanAll() async throws {
        let body: JSONValue = ["schedule": ["type": "Manual"]]
        _ = try await send(HarborCall(.createScanAllSchedule, .post, "/system/scanAll/schedule").sending(body))
    }

    /// Stops the scan of everything; it is stopped some time after.
    package func stopScanAll() async throws {
        _ = try await send(HarborCall(.stopScanAll, .post, "/system/scanAll/stop"))
    }
}
