import Foundation
import HarborAPI
import Upkeep

/// Tries what jobs need of Harbor's API: an answer, an account that Harbor knows, its rights, a scanner that knows something. Only reads.
struct HarborLiveCheck: Sendable {
    let installation: Installation
    let section: HarborSection

    /// For one attempt of a call; what hangs altogether is given up by the limit of all checks.
    private static let patience = Duration.seconds(5)

    var target: String { section.url.absoluteString }

    func rows() async -> [LiveCheck] {
        let client: HarborClient
        do {
            client = try installation.harborClient(section, as: section.account, timeLimit: Self.patience)
        } catch {
            let remedy = "write the secret of '\(section.account.username)' where 'harbor.password_file' says"
            let better = installation.credentialRemedy(error)
            return [LiveCheck(.harborAccount, section.account.username, failedWith: error, remedy: remedy, better: better)]
        }
        let (answer, isUp) = await answerRow(client)
        guard isUp else { return [answer] }
        let (account, isKnown) = await accountRow(client)
        var rows = [answer, await partsRow(client), account]
        if isKnown { rows += [await holdRow(client), await scannerRow(client)] }
        if let admin = section.admin { rows.append(await administratorRow(admin)) }
        return rows
    }

    // MARK: - Harbor

    private func answerRow(_ client: HarborClient) async -> (LiveCheck, isUp: Bool) {
        do {
            try await client.ping()
            let info = try await client.systemInfo()
            let version = info.version.map { ", Harbor \(Self.release($0))" } ?? ""
            let way = section.url.scheme == "https" ? "answers over TLS" : "answers without TLS"
            guard info.isReadOnly == true else { return (LiveCheck(.harbor, target, .ok, way + version), true) }
            let remedy = "see who switched it on, and switch it off in Harbor's settings when they are done"
            let detail = "\(way)\(version), in read-only mode: scans, retention and garbage collection are refused, backups are not"
            return (LiveCheck(.harbor, target, .warning(remedy: remedy), detail), true)
        } catch {
            return (
                LiveCheck(.harbor, target, failedWith: error, remedy: "check 'harbor.url', and that Harbor's proxy and core run"), false
            )
        }
    }

    /// `v2.15.2-080b0220` is release 2.15.2.
    private static func release(_ version: String) -> String {
        let bare = version.prefix { $0 != "-" }
        return String(bare.hasPrefix("v") ? bare.dropFirst() : bare)
    }

    private func partsRow(_ client: HarborClient) async -> LiveCheck {
        do {
            let health = try await client.health()
            let ill = health.components.filter { !$0.isHealthy }
            guard !ill.isEmpty else {
                return LiveCheck(.harborParts, target, .ok, "\(health.components.map(\.name).joined(separator: ", ")) are healthy")
            }
            let detail = ill.map { part in part.error.map { "\(part.name) (\($0))" } ?? part.name }.joined(separator: ", ")
            return LiveCheck(
                .harborParts, target, .warning(remedy: "look at the log of what is unhealthy, such as 'docker logs harbor-\(ill[0].name)'"),
                "unhealthy: \(detail)")
        } catch {
            return LiveCheck(.harborParts, target, failedWith: error, remedy: "look at the log of Harbor's core")
        }
    }

    // MARK: - Accounts

    private func accountRow(_ client: HarborClient) async -> (LiveCheck, isKnown: Bool) {
        let name = section.account.username
        do {
            switch try await client.whoAmI() {
            case .robot: return (LiveCheck(.harborAccount, name, .ok, "a robot that Harbor knows, enabled and not expired"), true)
            case .user(_, let isAdministrator):
                guard isAdministrator else {
                    return (LiveCheck(.harborAccount, name, .ok, "a user, no system administrator"), true)
                }
                let remedy =
                    "make a system robot with the permissions that the README lists, and put the administrator under 'harbor.admin'"
                let detail = "a system administrator: whoever reads the password may do everything to Harbor"
                return (LiveCheck(.harborAccount, name, .warning(remedy: remedy), detail), true)
            case .nobody:
                let remedy =
                    "check the whole name (a robot's has a prefix, as in 'robot$opsd'), and in Harbor whether it is disabled or expired; "
                    + "a refreshed secret belongs into '\(section.account.password)'"
                let detail = "Harbor takes the account for nobody: name or secret are wrong, or it is disabled or expired"
                return (LiveCheck(.harborAccount, name, .failed(.configuration, remedy: remedy), detail), false)
            }
        } catch {
            return (LiveCheck(.harborAccount, name, failedWith: error, remedy: "look at the log of Harbor's core"), false)
        }
    }

    private func administratorRow(_ admin: HarborSection.Account) async -> LiveCheck {
        do {
            switch try await installation.harborClient(section, as: admin, timeLimit: Self.patience).whoAmI() {
            case .user(_, isAdministrator: true): return LiveCheck(.harborAdmin, admin.username, .ok, "a system administrator")
            case .user, .robot:
                return LiveCheck(
                    .harborAdmin, admin.username, .warning(remedy: "name a system administrator in 'harbor.admin', or take it out"),
                    "no system administrator: it cannot do more than the other account")
            case .nobody:
                return LiveCheck(
                    .harborAdmin, admin.username,
                    .failed(.configuration, remedy: "mend 'harbor.admin'; with OIDC or LDAP only a local user signs in by password"),
                    "Harbor takes the administrator for nobody: name or password are wrong")
            }
        } catch {
            return LiveCheck(
                .harborAdmin, admin.username, failedWith: error, remedy: "look at the log of Harbor's core",
                better: installation.credentialRemedy(error))
        }
    }

    // MARK: - Garbage collection

    private func holdRow(_ client: HarborClient) async -> LiveCheck {
        let queue = "GARBAGE_COLLECTION"
        do {
            var missing: [HarborPermission] = []
            let queues = try await granted(&missing) { try await client.queues() }
            let collections = try await granted(&missing) { try await client.collections(limit: 20) }
            guard missing.isEmpty else {
                let names = missing.map(\.description).joined(separator: ", ")
                return LiveCheck(
                    .collectionHold, queue, .warning(remedy: "grant the account what it lacks; the README lists all permissions"),
                    "the account lacks \(names): a backup cannot hold garbage collection off, and says so")
            }
            if queues?.contains(where: { $0.jobType == queue && $0.isPaused }) == true {
                return LiveCheck(
                    .collectionHold, queue,
                    .warning(remedy: "if no backup is under way, resume the queue in Harbor's job service dashboard"),
                    "the queue is paused: no garbage collection begins")
            }
            let underWay = collections?.count { !$0.status.isFinal } ?? 0
            return LiveCheck(
                .collectionHold, queue, .ok,
                "the queue is visible and not paused, \(underWay) collection\(underWay == 1 ? "" : "s") under way")
        } catch {
            return LiveCheck(.collectionHold, queue, failedWith: error, remedy: "look at the log of Harbor's core and job service")
        }
    }

    /// What `ask` returns; nil where the account lacks a right for it, which is added to `missing`.
    private func granted<Answer: Sendable>(
        _ missing: inout [HarborPermission], _ ask: () async throws -> Answer
    ) async throws -> Answer? {
        do {
            return try await ask()
        } catch let error as HarborAPIError {
            guard let permission = error.missingPermission else { throw error }
            missing.append(permission)
            return nil
        }
    }

    // MARK: - Scanner

    private func scannerRow(_ client: HarborClient) async -> LiveCheck {
        let rescans = installation.configuration.jobs.compactMap { job -> RescanSettings? in
            guard case .rescan(let settings) = job.work else { return nil }
            return settings
        }
        do {
            var missing: [HarborPermission] = []
            let scanners = try await granted(&missing) { try await client.scanners() }
            let scanner = scanners?.first(where: \.isDefault)
            var properties: ScannerProperties?
            if let scanner, scanner.isHealthy {
                properties = try await granted(&missing) { try await client.scannerProperties(scanner.uuid) }
            }
            if let permission = missing.first { return lacking(permission, isNeeded: !rescans.isEmpty) }
            guard let scanner else {
                let detail = "Harbor has no default scanner"
                guard !rescans.isEmpty else { return LiveCheck(.scanner, target, .skipped, detail) }
                return LiveCheck(.scanner, target, .warning(remedy: "set one in Harbor under Interrogation Services"), detail)
            }
            return row(of: scanner, properties, limit: rescans.map(\.databaseAge).min() ?? RescanSettings().databaseAge)
        } catch {
            return LiveCheck(.scanner, target, failedWith: error, remedy: "look at the log of Harbor's core and scanner")
        }
    }

    private func lacking(_ permission: HarborPermission, isNeeded: Bool) -> LiveCheck {
        let detail = "the account lacks \(permission)"
        guard isNeeded else { return LiveCheck(.scanner, target, .skipped, "\(detail), and no job needs it") }
        let remedy = "grant the account what it lacks; the README lists all permissions"
        return LiveCheck(
            .scanner, target, .warning(remedy: remedy), "\(detail): no rescan can tell whether its reports would be worth anything")
    }

    private func row(of scanner: HarborAPI.Scanner, _ properties: ScannerProperties?, limit: Duration) -> LiveCheck {
        let name = scanner.version.map { "\(scanner.name) \($0)" } ?? scanner.name
        guard scanner.isHealthy, !scanner.isDisabled else {
            let state = scanner.isDisabled ? "is disabled" : "is unhealthy"
            return LiveCheck(
                .scanner, name, .warning(remedy: "look at the scanner's container and its log"),
                "\(state): projects that block vulnerable images let images pass that were never scanned")
        }
        guard let updated = properties?.databaseUpdated else {
            return LiveCheck(
                .scanner, name, .warning(remedy: "wait for its first download, or scan one image by hand, then check again"),
                "healthy, and does not say how old its vulnerability database is")
        }
        let detail = "healthy, its vulnerability database is of \(updated.formatted(.iso8601))"
        guard installation.now.timeIntervalSince(updated) > Double(limit.components.seconds) else {
            return LiveCheck(.scanner, name, .ok, detail)
        }
        return LiveCheck(
            .scanner, name, .warning(remedy: "see whether the scanner can download it: rate limits, proxy, 'skip_update'"),
            "\(detail), more than \(DurationText.text(limit)) ago: a rescan is refused")
    }
}
