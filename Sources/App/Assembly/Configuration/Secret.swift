/// A password, token or key. It prints as `<redacted>` in every way that Swift prints values.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself: for the call that needs it, never for a message.
    package let bytes: [UInt8]

    /// Wraps what was read or made.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The secret as text; nil where it is not UTF-8.
    package var text: String? { String(validating: bytes, as: UTF8.self) }

    static let mask = "<redacted>"

    /// `<redacted>`.
    package var description: String { Self.mask }
    /// `<redacted>`.
    package var debugDescription: String { Self.mask }
    /// Without children, so that `dump` shows none.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
