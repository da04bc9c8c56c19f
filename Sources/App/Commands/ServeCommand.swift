import ArgumentParser
import Assembly
import Daemon
import Foundation
import JobEngine

/// `opsd serve`: the daemon.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the scheduler, the control socket and the metrics until told to stop.",
        discussion: """
            SIGTERM and SIGINT let runs finish for a short while, then interrupt them. SIGHUP reads the configuration anew; one with a problem is
            refused and the old one stays in force.
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let global = global
        let clocks = Installation.hostClocks
        let daemon = Daemon(environment: ProcessInfo.processInfo.environment, wallclock: clocks.wall, clock: clocks.monotonic) {
            try global.installation()
        }
        try await daemon.run()
    }
}
