package import Foundation
import HarborAPI
import HarborDatabase
import JobEngine
import LocalIO
import Postgres
import Synchronization

extension Installation {
    /// Asks Harbor a few cheap questions; nil without `harbor:`. Changes nothing.
    ///
    /// It never throws: what cannot be learned is among the problems. After `limit` it returns with what it knows.
    package func observeHarbor(limit: Duration = .seconds(60)) async -> HarborFacts? {
        guard configuration.harbor != nil else { return nil }
        let look = HarborLook()
        let isDone = await TimeLimit.run(limit, clock: clock) {
            do {
                // Secrets are read anew, since they may have been replaced.
                await look.ask(try harborClient())
            } catch {
                look.note("\(error)")
            }
            return true
        }
        if isDone == nil { look.note("Harbor did not answer all questions within \(Int64(limit.seconds)) s") }
        return look.facts
    }

    /// How many artifacts of the registry were pushed after `moment`, all of them for nil; nil without `database:`.
    ///
    /// Throws what keeps the database from answering, and ``RequestError`` (`outOfReach`) where it does not within `limit`.
    package func artifactsPushed(after moment: Date?, limit: Duration = .seconds(60)) async throws -> Int? {
        guard configuration.database != nil else { return nil }
        let answer = await TimeLimit.run(limit, clock: clock) {
            await Result {
                let connection = try await PostgresConnection.connect(try databaseSettings())
                do {
                    let count = try await HarborDatabase(connection: connection).artifactsPushed(after: moment)
                    await connection.close()
                    return count
                } catch {
                    await connection.close()
                    throw error
                }
            }
        }
        guard let answer else {
            throw RequestError(.outOfReach, "the database did not count the artifacts within \(Int64(limit.seconds)) s")
        }
        return try answer.get()
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}

/// Collects answers, so that those that came stay when the last one does not.
private final class HarborLook: Sendable {
    private let state = Mutex(HarborFacts())

    var facts: HarborFacts { state.withLock { $0 } }

    func note(_ problem: String) { state.withLock { $0.problems.append(problem) } }

    func ask(_ client: HarborClient) async {
        await learn { look in
            let health = try await client.health()
            look.set { ($0.isUp, $0.isHealthy) = (true, health.isHealthy) }
            for part in health.components where !part.isHealthy {
                look.note("Harbor's \(part.name) calls itself unhealthy\(part.error.map { ": \($0)" } ?? "")")
            }
        }
        // Without an answer to this there is none to the rest, and each would be waited for.
        guard facts.isUp else { return }
        await learn { look in
            let isKnown = try await client.whoAmI() != .nobody
            look.set { $0.acceptsAccount = isKnown }
            if !isKnown { look.note("Harbor does not accept the account: its name or secret is wrong, or it is disabled or expired") }
        }
        guard facts.acceptsAccount == true else { return }
        await learn { look in
            let isReadOnly = try await client.systemInfo().isReadOnly
            look.set { $0.isReadOnly = isReadOnly }
        }
        await learn { look in
            let spaces = try await client.volumes().filter { $0.total > 0 }.map { HarborFacts.Space(total: $0.total, free: $0.free) }
            let fullest = spaces.min { Double($0.free) / Double($0.total) < Double($1.free) / Double($1.total) }
            look.set { $0.space = fullest }
        }
        await learn { look in
            let isPaused = try await client.queues().contains { $0.jobType == "GARBAGE_COLLECTION" && $0.isPaused }
            look.set { $0.isCollectionQueuePaused = isPaused }
        }
        await learn { look in
            guard let scanner = try await client.scanners().first(where: \.isDefault) else { return }
            look.set { $0.isScannerHealthy = scanner.isHealthy && !scanner.isDisabled }
            guard scanner.isHealthy, !scanner.isDisabled else { return }
            let updated = try await client.scannerProperties(scanner.uuid).databaseUpdated
            look.set { $0.scannerDatabase = updated }
        }
    }

    private func set(_ change: @Sendable (inout sending HarborFacts) -> Void) { state.withLock { change(&$0) } }

    private func learn(_ question: (HarborLook) async throws -> Void) async {
        do {
            try await question(self)
        } catch {
            guard !(error is CancellationError) else { return }
            note("\(error)")
        }
    }
}
