import ArgumentParser

/// The id of a run as it is typed.
enum RunArgument {
    /// Every id begins with nothing, so nothing names no run. Throws `ValidationError`.
    static func check(_ id: String) throws {
        guard !id.allSatisfy(\.isWhitespace) else {
            throw ValidationError("a run is named by its id or the beginning of it: see 'opsd runs'")
        }
    }
}
