extension CurlTransport {
    /// A password or token: printing it, in any way, shows `<redacted>`.
    package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        private let text: String

        /// Wraps `text`, which is taken as it is.
        package init(_ text: String) { self.text = text }

        /// The secret itself, for the one place that needs it.
        func reveal() -> String { text }

        /// `<redacted>`.
        package var description: String { "<redacted>" }
        /// `<redacted>` too.
        package var debugDescription: String { "<redacted>" }
        /// Shows nothing.
        package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
    }
}
