import Foundation
import HarborAPI
import HarborDatabase
import JobEngine
import OCIImage

/// One scan: begun, followed to its end, and stopped where it takes too long.
///
/// Starting it takes the old report away, and in a project that asks for reports nobody can pull the image until it has ended.
struct ImageScan: Sendable {
    /// Times that a scan is asked for which Harbor, though it answers, does not begin.
    private static let attempts = 3
    /// Between two of these.
    private static let attemptPause = Duration.seconds(10)
    private static let longestAttemptPause = Duration.seconds(300)
    /// Between two looks: a tenth of the time that it has taken, within these bounds.
    private static let pauses = Duration.seconds(1)...Duration.seconds(10)
    /// How long a stop may take to be heard.
    private static let stopLimit = Duration.seconds(60)
    /// A scan may wait in Harbor's queue for so many times as long as it may run.
    private static let queueFactor = 4

    let client: HarborClient
    let settings: RescanSettings
    let clock: any Clock<Duration>
    let ledger: ScanLedger
    let target: ScanTarget

    private var digest: Digest { target.state.digest }
    private var repository: RepositoryName { target.state.repository }

    private enum Beginning {
        case ours
        /// Somebody else had begun one, which serves as well.
        case others
        /// There is nothing to follow.
        case none(ScanEnd)
    }

    private enum Look {
        /// The image is there, with its scan if it has one.
        case scan(ScanOverview?)
        case absent
        case unknown(HarborAPIError)
    }

    /// Scans. Throws `CancellationError` alone; the scan goes on in Harbor then.
    func run() async throws -> ScanResult {
        let earlier = try await earlierFindings()
        let beginning = try await begin()
        let stopwatch = Stopwatch(clock)
        let end: ScanEnd
        var isForeign = false
        switch beginning {
        case .none(let early): return ScanResult(target: target, end: early)
        case .ours: end = try await follow(isOverdue: false)
        case .others:
            isForeign = true
            end = try await follow(isOverdue: target.state.status == .running)
        }
        var result = ScanResult(target: target, end: end, isForeign: isForeign)
        if target.closesGate, end != .gone { result.gateClosed = stopwatch.elapsed }
        if end == .succeeded, let earlier { result.news = try await report().map { NewFindings(in: $0, since: earlier) } }
        return result
    }

    // MARK: - Begin

    private func begin() async throws -> Beginning {
        let stopwatch = Stopwatch(clock)
        var refused = 0
        while true {
            let end: ScanEnd
            var pause = Self.attemptPause
            do {
                try await client.scan(digest, in: repository)
                return .ours
            } catch let error as HarborAPIError {
                end = .notBegun(reason: error.problem)
                switch error.code {
                case .conflict: return .others
                case .notFound: return .none(.gone)
                case .malformed, .notAllowed, .tooLarge: return .none(try await isScannerThere() ? .unscannable : end)
                case .timedOut, .unavailable, .unreachable, .tooManyRequests, .unexpectedAnswer, .unsettled:
                    pause = min(max(error.retryAfter ?? pause, pause), Self.longestAttemptPause)
                case .unauthorized, .forbidden, .precondition, .readOnly, .needsAdministrator, .tls, .failed:
                    giveUp(error)
                    return .none(end)
                }
            }
            try await clock.sleep(for: pause)
            switch try await look() {
            case .absent: return .none(.gone)
            case .scan(let scan?) where isNew(scan): return .ours
            case .scan:
                refused += 1
                guard refused < Self.attempts else { return .none(end) }
            case .unknown(let error):
                guard error.isPassing, stopwatch.elapsed < settings.stuckAfter else { return .none(lost(error)) }
            }
        }
    }

    /// Without the right to scan here no other image of the project is scanned; without scanner, credential or a Harbor that takes changes none.
    private func giveUp(_ error: HarborAPIError) {
        if error.isLackOfPermission { return ledger.bar(project: target.state.projectID) }
        ledger.stop(.failure(.ended(by: error)))
    }

    /// How the scan ends, or whether it began, cannot be seen any more.
    private func lost(_ error: HarborAPIError) -> ScanEnd {
        if !error.isPassing, !error.isLackOfPermission { giveUp(error) }
        return .unfollowed(reason: error.problem)
    }

    /// The scan that is there is not the one that was known before.
    private func isNew(_ scan: ScanOverview) -> Bool {
        guard scan.status.isFinal, target.state.status != nil else { return true }
        guard let started = scan.started else { return false }
        // The interface shows whole seconds.
        return target.state.started.map { abs(started.timeIntervalSince($0)) > 1 } ?? true
    }

    /// A scanner that cannot be reached tells Harbor nothing of what it could scan, and then Harbor calls everything unscannable.
    private func isScannerThere() async throws -> Bool {
        do {
            guard let scanner = try await client.scanners().first(where: { $0.uuid == target.scanner }) else { return true }
            guard scanner.isHealthy, !scanner.isDisabled else {
                ledger.stop(.failure(.unhealthy(scanner, .failed)))
                return false
            }
            return true
        } catch is HarborAPIError {
            return false
        }
    }

    // MARK: - Follow

    private func follow(isOverdue: Bool) async throws -> ScanEnd {
        let stopwatch = Stopwatch(clock)
        var answered = Duration.zero
        var running: Duration? = isOverdue ? .zero - settings.stuckAfter : nil
        while true {
            try await clock.sleep(for: min(max(stopwatch.elapsed / 10, Self.pauses.lowerBound), Self.pauses.upperBound))
            switch try await look() {
            case .absent: return .gone
            case .scan(let scan):
                answered = stopwatch.elapsed
                if let end = scan.flatMap(Self.end) { return end }
                if scan?.status == .running, running == nil { running = answered }
            case .unknown(let error):
                // Harbor goes on without us: as long as the scan may last, we look again.
                guard error.isPassing, stopwatch.elapsed - answered < settings.stuckAfter else { return lost(error) }
            }
            let elapsed = stopwatch.elapsed
            let isStuck = running.map { elapsed - $0 >= settings.stuckAfter } ?? (elapsed >= settings.stuckAfter * Self.queueFactor)
            if isStuck { return try await stop() }
        }
    }

    private static func end(_ scan: ScanOverview) -> ScanEnd? {
        switch scan.status {
        case .success: .succeeded
        case .error: .failed
        case .stopped: .stopped
        case .pending, .scheduled, .running, .other: nil
        }
    }

    private func stop() async throws -> ScanEnd {
        do {
            try await client.stopScan(digest, in: repository)
        } catch let error as HarborAPIError {
            // It may have ended at this moment; what cannot be stopped is reported as such.
            guard error.code == .notFound || error.isPassing else { return .stuck(hasEnded: false) }
        }
        let stopwatch = Stopwatch(clock)
        repeat {
            try await clock.sleep(for: Self.pauses.lowerBound)
            switch try await look() {
            case .absent: return .gone
            case .scan(let scan):
                guard let end = scan.flatMap(Self.end) else { continue }
                return end == .succeeded ? .succeeded : .stuck(hasEnded: true)
            case .unknown: continue
            }
        } while stopwatch.elapsed < Self.stopLimit
        return .stuck(hasEnded: false)
    }

    // MARK: - Questions

    private func look() async throws -> Look {
        do {
            guard let artifact = try await client.artifact(repository, .digest(digest)) else { return .absent }
            return .scan(artifact.scan)
        } catch let error as HarborAPIError {
            return .unknown(error)
        }
    }

    /// What is known of a running image, by name; nil where it is not known, or the image runs nowhere.
    private func earlierFindings() async throws -> [VulnerabilityReport.Finding]? {
        guard target.rank == .pinned else { return nil }
        switch target.state.status {
        case .success: return try await report()?.findings
        case nil: return []
        case .pending, .scheduled, .running, .stopped, .error, .other: return nil
        }
    }

    /// Nil where it cannot be read: then numbers are compared.
    private func report() async throws -> VulnerabilityReport? {
        do {
            return try await client.vulnerabilities(of: digest, in: repository)
        } catch is HarborAPIError {
            return nil
        }
    }
}
