import JobEngine
import ServiceLifecycle

/// Runs the engine until the daemon is told to stop; runs then finish, or are cancelled and journaled as interrupted.
struct EngineService: Service {
    let engine: JobEngine
    let onRunning: @Sendable () async -> Void

    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await onRunning() }
                group.addTask { await engine.run() }
                await group.waitForAll()
            }
        } onGracefulShutdown: {
            engine.requestStop()
        }
    }
}
