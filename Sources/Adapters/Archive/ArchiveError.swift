internal import CLibarchive

/// A failed operation on an archive.
package struct ArchiveError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable {
        /// The archive is damaged, cut off, or no tar at all.
        case corrupt
        /// A member would reach outside of its archive's root, or is of a kind that is never restored.
        case unsafe
        /// A member got more or fewer bytes than its header announced.
        case wrongSize = "wrong_size"
        /// A different file already stands where a member belongs.
        case exists
        /// The library refused: out of memory, or an option or name that it cannot take.
        case failed
    }

    /// Kind of failure, for callers that decide by it.
    package let code: Code
    /// What was wrong, and with which member.
    package let problem: String
    /// What to do about it.
    package let remedy: String?
    /// The library's own words, where it had any.
    package let libraryText: String?

    /// Makes an error of our own finding.
    package init(_ code: Code, _ problem: String, remedy: String? = nil, libraryText: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.libraryText = libraryText
    }

    /// The same archive fails again: only a new copy of it, or another place, can help.
    package var isRetryable: Bool { false }

    /// Problem, the library's text and the remedy in one line.
    package var description: String {
        var text = problem
        if let libraryText { text += ": \(libraryText)" }
        if let remedy { text += ". Hint: \(remedy)" }
        return text
    }

    /// What `handle` says of its last failed call.
    init(_ code: Code, _ operation: String, from handle: OpaquePointer) {
        let text = archive_error_string(handle).map { String(cString: $0) }
        self.init(code, "cannot \(operation)", libraryText: text ?? "no reason given")
    }
}

/// Checks the answer of one call on `handle`, before the next call on it replaces the text: every code but OK is a failure,
/// warnings too, except those that `isHarmless` knows by their text.
func check(
    _ answer: Int32, _ handle: OpaquePointer, _ operation: @autoclosure () -> String, code: ArchiveError.Code = .failed,
    isHarmless: (String) -> Bool = { _ in false }
) throws(ArchiveError) {
    if answer == ARCHIVE_OK { return }
    if answer == ARCHIVE_WARN, let text = archive_error_string(handle), isHarmless(String(cString: text)) { return }
    throw ArchiveError(code, operation(), from: handle)
}
