/// A value that Harbor encrypted with its secret key. Printing it shows where it stands, not what it is.
package struct EncryptedValue: Hashable, Sendable, CustomStringConvertible {
    /// Table and column, such as `registry.access_secret`.
    package let column: String
    /// The value as stored, beginning with ``header``.
    package let value: String

    /// What stands before every value that the key opens; values without it are of old releases and only encoded.
    package static let header = "<enc-v1>"

    /// States where a value stands.
    package init(column: String, value: String) {
        self.column = column
        self.value = value
    }

    /// Table and column; never the value.
    package var description: String { "\(column): <encrypted>" }
}
