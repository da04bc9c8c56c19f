package import Foundation
package import Retention

/// The first line of a plan: what it was made from.
package struct PlanHeader: Codable, Sendable, Equatable {
    /// The images that run, as they were known.
    package struct Pins: Codable, Sendable, Equatable {
        /// One list.
        package struct Source: Codable, Sendable, Equatable {
            /// Its name in the configuration.
            package let name: String
            /// Of when its text was.
            package let written: Date
            /// References to this registry.
            package let pins: Int
            /// References to other registries.
            package let foreign: Int
        }

        /// Images of this registry.
        package let images: Int
        /// In the configuration's order.
        package let sources: [Source]

        init(_ list: PinList) {
            images = list.references.count
            sources = list.sources.map { Source(name: $0.name, written: $0.written, pins: $0.pins, foreign: $0.foreign) }
        }
    }

    /// The version that this opsd writes and reads.
    package static let currentVersion = 1
    static let formatName = "opsd-retention-plan"

    /// Always `opsd-retention-plan`.
    package let format: String
    /// A plan of any version but `currentVersion` is not read.
    package let version: Int
    /// 64 hexadecimal digits, over what goes and why, and both hashes below: the same world gives the same hash.
    package let hash: String
    /// When it was made, by the wall clock.
    package let created: Date
    /// The time of the database snapshot, by the server's clock.
    package let snapshot: Date
    /// Hash of the settings that decide what goes.
    package let settings: String
    /// Hash of Harbor's retention policies, where the settings follow them, and of its immutability rules.
    package let policies: String
    /// Nil where no pins are configured.
    package let pins: Pins?
    /// The holds that held at the snapshot's time.
    package let holds: [ImageHold]

    init(hash: String, created: Date, snapshot: Date, fingerprint: RetentionFingerprint, pins: PinList?, holds: [ImageHold]) {
        format = Self.formatName
        version = Self.currentVersion
        self.hash = hash
        self.created = created
        self.snapshot = snapshot
        settings = fingerprint.settings
        policies = fingerprint.policies
        self.pins = pins.map(Pins.init)
        self.holds = holds
    }
}
