/// One thing that is wrong with a configuration file, and where it stands.
package struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    /// The file as it was named when it was loaded.
    package let file: String
    /// From 1; 0 where the problem lies with the file as a whole.
    package let line: Int
    /// Unicode scalars from 1; 0 where the problem lies with the file as a whole.
    package let column: Int
    /// What is wrong, in a few words; never a secret.
    package let what: String
    /// What to do about it, such as `did you mean 'schedule'?`.
    package let hint: String?
    /// The source line with a caret below, secrets masked.
    package let excerpt: String?

    /// Makes a problem; without a line it lies with the whole file.
    package init(file: String, line: Int = 0, column: Int = 0, what: String, hint: String? = nil, excerpt: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.what = what
        self.hint = hint
        self.excerpt = excerpt
    }

    /// `file:line:column: problem`, then the source line, the caret and the hint on lines of their own.
    package var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        return (["\(place): \(what)"] + [excerpt, hint.map { "    \($0)" }].compactMap(\.self)).joined(separator: "\n")
    }
}
