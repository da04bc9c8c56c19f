package import Foundation

/// What a look at Harbor found. What is nil was not learned: the account may not ask, or there was no answer.
package struct HarborFacts: Sendable, Equatable {
    /// Room on a file system, in bytes.
    package struct Space: Sendable, Equatable {
        /// Bytes in all.
        package let total: Int64
        /// Bytes that are free.
        package let free: Int64

        /// Room in bytes.
        package init(total: Int64, free: Int64) {
            self.total = total
            self.free = free
        }
    }

    /// Its API answered.
    package var isUp = false
    /// All its parts call themselves healthy.
    package var isHealthy: Bool?
    /// It knows the account that opsd uses: a robot that is disabled or has expired is nobody.
    package var acceptsAccount: Bool?
    /// It refuses everything but reading.
    package var isReadOnly: Bool?
    /// Of the file systems that Harbor's core reports, the one with the smallest free part.
    package var space: Space?
    /// The queue of garbage collections is paused, whoever did it.
    package var isCollectionQueuePaused: Bool?
    /// The default scanner is enabled and answers; nil where there is none.
    package var isScannerHealthy: Bool?
    /// When the default scanner's database was made.
    package var scannerDatabase: Date?
    /// What could not be learned and why, as sentences without secrets.
    package var problems: [String] = []

    /// Nothing is known.
    package init() {}
}
