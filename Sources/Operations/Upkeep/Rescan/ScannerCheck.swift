import Foundation
import HarborAPI
import HarborDatabase
import JobEngine
import Retention

/// Whether a scan now would say anything new.
struct ScannerCheck: Sendable {
    /// Clocks of two hosts may differ by this much.
    private static let tolerance: TimeInterval = 300
    /// Projects that one finding names at most.
    private static let named = 10

    let client: HarborClient
    let settings: RescanSettings
    let now: Date
    let recorder: RunRecorder

    private struct Verdict {
        let scanner: HarborAPI.Scanner
        var isHealthy = true
        var databaseUpdated: Date?
        /// Why nothing is to be scanned by it.
        var refusal: UpkeepError?
    }

    /// The projects that can be scanned. Throws a refusal where the default scanner could not scan, or where its database is too old or its age
    /// is not known; projects with such a scanner of their own are left out, which is a warning.
    func check(_ projects: [StoredProject]) async throws -> ScannedProjects {
        let scanners = try await client.scanners()
        guard let usual = scanners.first(where: \.isDefault) else {
            recorder.add("scanner_healthy", 0)
            throw UpkeepError(
                .refused(.scannerMissing), "Harbor has no default scanner",
                remedy:
                    "set one in Harbor under Interrogation Services; until then projects that block vulnerable images let unscanned ones pass"
            )
        }
        var scanned = ScannedProjects(projects, patterns: settings.projects, usual: usual.uuid, known: Set(scanners.map(\.uuid)))
        let used = scanned.scannersInUse
        var verdicts: [Verdict] = []
        for scanner in scanners where used.contains(scanner.uuid) { verdicts.append(try await judge(scanner)) }
        recorder.add("scanner_healthy", verdicts.allSatisfy(\.isHealthy) ? 1 : 0)
        if let oldest = verdicts.compactMap(\.databaseUpdated).min() {
            recorder.add("scanner_database_timestamp", Int64(oldest.timeIntervalSince1970))
        }
        for verdict in verdicts {
            guard let refusal = verdict.refusal, case .refused(let reason) = refusal.code else { continue }
            let names = scanned.leaveOut(scanner: verdict.scanner.uuid)
            if verdict.scanner.isDefault || scanned.wanted.isEmpty { throw refusal }
            let shown =
                names.prefix(Self.named).joined(separator: ", ") + (names.count > Self.named ? " and \(names.count - Self.named) more" : "")
            recorder.note(Finding(.warning, reason.rawValue, "the projects \(shown) are not scanned: \(refusal)"))
        }
        return scanned
    }

    private func judge(_ scanner: HarborAPI.Scanner) async throws -> Verdict {
        guard scanner.isHealthy, !scanner.isDisabled else {
            return Verdict(scanner: scanner, isHealthy: false, refusal: .unhealthy(scanner))
        }
        var verdict = Verdict(scanner: scanner)
        do {
            verdict.databaseUpdated = try await client.scannerProperties(scanner.uuid).databaseUpdated
        } catch let error as HarborAPIError {
            // Harbor passes the question on: what answered a moment ago, and does not now, is the scanner.
            guard error.code == .unavailable else { throw error }
            return Verdict(scanner: scanner, isHealthy: false, refusal: .unhealthy(scanner))
        }
        verdict.refusal = refusal(scanner, verdict.databaseUpdated)
        return verdict
    }

    private func refusal(_ scanner: HarborAPI.Scanner, _ updated: Date?) -> UpkeepError? {
        guard let updated else {
            return UpkeepError(
                .refused(.scannerDatabaseUnknown),
                "the scanner '\(scanner.name)' does not say how old its vulnerability database is, as before its first download",
                remedy: "scan one image by hand, or wait for the download, then look at GET /scanners/\(scanner.uuid)/metadata")
        }
        let age = now.timeIntervalSince(updated)
        guard age >= -Self.tolerance else {
            return UpkeepError(
                .refused(.scannerDatabaseUnknown),
                "the vulnerability database of '\(scanner.name)' is of \(updated.formatted(.iso8601)), which is yet to come",
                remedy: "check the clocks of this host and of the scanner's")
        }
        guard age <= settings.databaseAge.seconds else {
            return UpkeepError(
                .refused(.scannerDatabaseOld),
                "the vulnerability database of '\(scanner.name)' is of \(updated.formatted(.iso8601)): new reports would look fresh and know nothing of what was found since",
                remedy: "see whether the scanner can download it (rate limits, proxy, 'skip_update'), or raise 'database_age'")
        }
        return nil
    }
}

extension UpkeepError {
    /// The failure that a scanner is which cannot scan; a refusal before anything has begun.
    static func unhealthy(_ scanner: HarborAPI.Scanner, _ code: Code = .refused(.scannerUnhealthy)) -> UpkeepError {
        UpkeepError(
            code,
            "Harbor's scanner '\(scanner.name)' is \(scanner.isDisabled ? "disabled" : "unhealthy"): while it cannot be reached, projects that block vulnerable images let images pass that were never scanned",
            remedy: "look at the scanner's container and its log, then run this again")
    }
}
