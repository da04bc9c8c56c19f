import Foundation

/// Waiting for a server that we started: it tells nobody when it is ready, so it must be asked.
enum Readiness {
    /// Asks every 10 ms until `isReady`, at most `seconds` long; false when it never was.
    static func wait(seconds: Int = 60, until isReady: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<(seconds * 100) {
            if try isReady() { return true }
            usleep(10_000)
        }
        return try isReady()
    }
}
