package import Foundation
package import OCIImage
package import Retention

/// All images that the sources of `pins:` name, read at one time.
package struct PinList: Sendable, Equatable {
    /// What one source said.
    package struct Source: Sendable, Equatable {
        /// Its name in the configuration.
        package let name: String
        /// Of when its text is: a file's last change, or when a command was run.
        package let written: Date
        /// References to this registry, each once.
        package let pins: Int
        /// References to other registries, each once; they pin nothing here.
        package let foreign: Int

        /// States what a source said.
        package init(name: String, written: Date, pins: Int, foreign: Int) {
            self.name = name
            self.written = written
            self.pins = pins
            self.foreign = foreign
        }
    }

    /// In the order of the configuration.
    package let sources: [Source]
    /// The images of this registry.
    package let pins: PinSet

    /// Joins sources and what they pin.
    package init(sources: [Source], pins: PinSet) {
        self.sources = sources
        self.pins = pins
    }

    /// The images of this registry, each once.
    package var references: [Reference] {
        var seen: Set<Reference> = []
        return pins.pins.map(\.reference).filter { seen.insert($0).inserted }
    }
}
