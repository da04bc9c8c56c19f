import Foundation
import JobEngine
import Synchronization
import SystemPackage
import Testing

@testable import Commands

@Suite("run-now without a daemon")
struct RunAloneTests {
    @Test("runs the job here, shows its phases, journals it, and ends with its outcome")
    func succeeds() async throws {
        let host = try await ControlHost.withVault()
        let spoken = await host.opsd("run-now", "audit")
        #expect(spoken.status == 0, "\(spoken.errors)")
        #expect(spoken.output.hasPrefix("audit succeeded in "))
        #expect(spoken.errors.contains("audit: "))
        let record = try #require(try host.journal().runs(of: "audit", limit: 2).first)
        #expect(spoken.output.contains("  run \(record.id)\n"))
        #expect(record.state == .ended(.succeeded) && record.trigger == .manual && record.requester?.uid == geteuid())
        let shown = await host.opsd("run", "show", "\(record.id)")
        #expect(
            shown.output.contains("PHASE") && shown.output.contains("LOG\n")
                && shown.output.contains("why it ran      manual, asked for by "))
    }

    @Test("as JSON the report has the keys that it always had")
    func json() async throws {
        let host = try await ControlHost.withVault()
        let spoken = await host.opsd("run-now", "audit", "--json")
        #expect(spoken.status == 0)
        #expect(
            try spoken.object().keys.sorted() == [
                "findings", "finished", "job", "kind", "numbers", "outcome", "phases", "run", "snapshots", "started",
            ])
    }

    @Test("a failure is said once, with what to do, and its exit status is kept in the journal")
    func fails() async throws {
        let host = try await ControlHost.withVault()
        try FileManager.default.removeItem(atPath: host.host.vault)
        let spoken = await host.opsd("run-now", "audit")
        #expect(spoken.status == 69 && spoken.output.hasPrefix("audit failed in "))
        #expect(spoken.errors.matches(of: /there is no vault at/).count == 1 && spoken.errors.contains("Hint"), "\(spoken.errors)")
        #expect(!spoken.output.contains("there is no vault"))
        let record = try #require(try host.journal().runs(of: "audit", limit: 1).first)
        #expect(record.state == .ended(.failed) && record.exitCode == 69)
    }

    @Test("an unknown job makes no journal")
    func unknown() async throws {
        let host = try ControlHost()
        #expect(await host.opsd("run-now", "backups").status == 64)
        #expect(!FileManager.default.fileExists(atPath: host.state.string))
    }

    @Test("--no-wait needs somebody to go on with the run")
    func noWait() async throws {
        let host = try ControlHost()
        let spoken = await host.opsd("run-now", "audit", "--no-wait")
        #expect(spoken.status == 69 && spoken.output.isEmpty && spoken.errors.contains("--no-wait"))
        #expect(!FileManager.default.fileExists(atPath: host.state.string))
    }
}

@Suite("a signal while something runs", .serialized)
struct InterruptionTests {
    /// No other test may meet the signal; each is sent once.
    private static let number = SIGUSR1

    @Test("cancels the work once, says so first, and what the process did at it is restored")
    func cancels() async throws {
        signal(Self.number, SIG_IGN)
        let notices = Mutex(0)
        await #expect(throws: CancellationError.self) {
            try await Interruption.cancelling(at: Self.number) {
                kill(getpid(), Self.number)
                try await Task.sleep(for: .seconds(60))
            } notice: {
                notices.withLock { $0 += 1 }
            }
        }
        #expect(notices.withLock { $0 } == 1)
        #expect(isIgnored)
    }

    @Test("work that ends although it is cancelled keeps its result")
    func keepsResult() async throws {
        signal(SIGUSR2, SIG_IGN)
        let value = try await Interruption.cancelling(at: SIGUSR2) {
            kill(getpid(), SIGUSR2)
            // Its end is the sign of the cancellation.
            try? await Task.sleep(for: .seconds(60))
            return Task.isCancelled ? 7 : 0
        } notice: {
        }
        #expect(value == 7)
    }

    @Test("without a signal nothing is said")
    func quiet() async throws {
        signal(Self.number, SIG_IGN)
        let value = try await Interruption.cancelling(at: Self.number) {
            8
        } notice: {
            Issue.record("no signal was sent")
        }
        #expect(value == 8 && isIgnored)
    }

    private var isIgnored: Bool {
        var action = sigaction()
        sigaction(Self.number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
