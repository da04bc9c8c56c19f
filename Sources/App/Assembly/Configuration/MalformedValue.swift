/// A value that is not what its key asks for.
struct MalformedValue: Error {
    /// What is wrong with it, read after the key's name: `is not a port`.
    let what: String
    let hint: String?
    /// The value may be a secret, or hold one: it is not shown.
    let isSecret: Bool

    init(_ what: String, hint: String? = nil, isSecret: Bool = false) {
        self.what = what
        self.hint = hint
        self.isSecret = isSecret
    }
}
