/// One file of the dump's archive.
package struct DumpMember: Sendable, Equatable {
    /// The name in the archive: ASCII, never an object's name, at most one folder.
    package let name: String
    /// The bytes of the file.
    package let contents: [UInt8]

    /// A file of `contents`.
    package init(name: String, contents: [UInt8]) {
        self.name = name
        self.contents = contents
    }

    init(name: String, text: String) {
        self.init(name: name, contents: Array(text.utf8))
    }
}
