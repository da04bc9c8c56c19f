import Assembly
import JobEngine
import LocalIO
import Logging
import ServiceLifecycle
import SystemPackage

/// Writes the metrics for node_exporter's textfile collector, each time as a whole file under its final name.
struct TextfileService: Service {
    let state: DaemonState
    let collector: MetricsCollector
    let clock: any Clock<Duration>
    let logger: Logger

    private static let interval = Duration.seconds(30)

    func run() async throws {
        // The wait ends with the shutdown; what is thrown then is only that.
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await write()
                try await clock.sleep(for: Self.interval)
            }
        }
    }

    private func write() async {
        guard let path = state.installation.configuration.textfile else { return }
        do {
            let text = try await collector.text()
            try await onBlockingThread {
                // The collector runs as another user, and reads names that end in .prom alone: never a temporary one.
                try DurableFile.write(Array(text.utf8), to: path, permissions: [.ownerReadWrite, .groupRead, .otherRead], replacing: true)
            }
        } catch {
            logger.warning("metrics cannot be written for node_exporter, ignoring", metadata: ["textfile": "\(path)", "error": "\(error)"])
        }
    }
}
