import CurlTransport
package import Foundation
package import JobEngine
package import SystemPackage

/// One configuration on one host, with everything that can be built from it. Commands and the daemon work through it alone.
package struct Installation: Sendable {
    /// Version of this opsd, as manifests and `--version` carry it.
    package static let version = "0.1.0"

    /// What the configuration file says, already checked.
    package let configuration: Configuration
    let environment: [String: String]
    let wallclock: any WallClock
    let clock: any Clock<Duration>
    /// For everything that is asked over HTTP.
    let transport = CurlTransport()

    /// The host's clocks, for whatever lives as long as the process.
    package static let hostClocks: (wall: any WallClock, monotonic: any Clock<Duration>) = (SystemWallClock(), ContinuousClock())

    /// Wraps a configuration that was read. `environment` is asked for `CREDENTIALS_DIRECTORY` alone.
    package init(
        _ configuration: Configuration, environment: [String: String], wallclock: any WallClock = SystemWallClock(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.configuration = configuration
        self.environment = environment
        self.wallclock = wallclock
        self.clock = clock
    }

    /// Reads the configuration at `path` (the default place where nil). Throws ``ConfigurationError``.
    package static func load(_ path: FilePath?, stateDirectory: FilePath?, environment: [String: String]) throws -> Installation {
        let configuration = try Configuration.load(path: path ?? Configuration.defaultPath, stateDirectory: stateDirectory)
        return Installation(configuration, environment: environment)
    }

    /// The time of day.
    package var now: Date { wallclock.now }

    func recorder(_ progress: any RunProgress) -> RunRecorder { RunRecorder(progress: progress, clock: clock) }
}

/// A command asked for something that the configuration or the vault does not have, or that a guard forbids.
package struct RequestError: Error, CustomStringConvertible {
    /// Kind of failure; bounded, so it can be a metric label.
    package enum Code: String, Sendable {
        /// The words of the command do not fit.
        case usage
        /// The configuration lacks what the command needs.
        case configuration
        case notFound = "not_found"
        /// A guard said no; nothing was changed.
        case refused
        /// Somebody else is at it.
        case busy
        /// The daemon, or what else has to answer, does not.
        case outOfReach = "out_of_reach"
    }

    /// Kind of failure, from which the exit status follows.
    package let code: Code
    /// What cannot be done and why, as a sentence without a full stop.
    package let problem: String
    /// The next thing to do; empty where there is none.
    package let remedy: String

    /// Makes an error that says `problem` and what to do next.
    package init(_ code: Code, _ problem: String, remedy: String = "") {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    /// Problem and, where there is one, remedy in one line.
    package var description: String { remedy.isEmpty ? problem : "\(problem). Hint: \(remedy)" }
}
