/// Everything that is wrong with the configuration, or with a file that it names.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable {
        /// A file that cannot be read.
        case unreadable
        /// Text that is no YAML.
        case syntax
        /// YAML that is no configuration.
        case invalid
        /// A secret file that is missing, empty or open to others.
        case secret
    }

    /// The worst kind among the problems.
    package let code: Code
    /// At least one, in the order of the file.
    package let problems: [ConfigurationProblem]

    /// Makes an error of problems in any order.
    package init(_ code: Code, _ problems: [ConfigurationProblem]) {
        self.code = code
        self.problems = problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    /// `EX_CONFIG` of sysexits.h: the exit code of a command that ends with this error.
    package static let exitCode: Int32 = 78

    /// Waiting mends no configuration.
    package var isRetryable: Bool { false }

    /// All problems in one line, without their source.
    package var problem: String {
        problems.map { $0.line > 0 ? "\($0.file):\($0.line):\($0.column): \($0.what)" : "\($0.file): \($0.what)" }.joined(separator: "; ")
    }

    /// The next command to run.
    package var remedy: String { "mend it, then run 'opsd check-config'" }

    /// Every problem with its source line, caret and hint, and a count where there are several.
    package var description: String {
        let all = problems.map(\.description)
        return (all.count > 1 ? all + ["\(all.count) problems; \(remedy)"] : all).joined(separator: "\n")
    }
}
