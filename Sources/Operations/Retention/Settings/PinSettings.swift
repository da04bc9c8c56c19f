/// `pins:` — where the list of running images comes from.
package struct PinSettings: Sendable, Equatable {
    /// One list.
    package struct Source: Sendable, Equatable {
        /// Where its text comes from.
        package enum Origin: Sendable, Equatable {
            /// A file that somebody else writes; it is as old as its last change.
            case file(String)
            /// A program and its arguments, without a shell, and how long it may take.
            case command([String], limit: Duration)
        }

        /// Bounded: a word of reports.
        package var name: String
        /// Where its text comes from.
        package var origin: Origin

        /// Makes a source.
        package init(name: String, origin: Origin) {
            self.name = name
            self.origin = origin
        }
    }

    /// All of them together are the pins.
    package var sources: [Source]
    /// A file older than this blocks what asks for pins.
    package var greatestAge: Duration
    /// Names of the registry beside the host of Harbor's URL, as references spell it.
    package var registries: [String]
    /// Fewer pins of this registry than this block what asks for pins.
    package var least: Int

    /// Makes settings.
    package init(sources: [Source], greatestAge: Duration = .seconds(86_400), registries: [String] = [], least: Int = 1) {
        self.sources = sources
        self.greatestAge = greatestAge
        self.registries = registries
        self.least = least
    }
}
