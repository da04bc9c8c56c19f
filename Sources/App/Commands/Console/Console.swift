import Foundation
import Glibc

/// Where a command writes: data to one place, talk to the other. Tests replace both.
package struct Console: Sendable {
    /// The console of the running command.
    @TaskLocal package static var current = Console.standard

    /// Takes results; writes the text as it is and ends no line.
    package let output: @Sendable (String) -> Void
    /// Takes progress, warnings and errors; writes the text as it is and ends no line.
    package let errors: @Sendable (String) -> Void
    /// Talk goes to a person who sees it move.
    package let isTerminal: Bool

    /// A console that writes through these functions.
    package init(output: @escaping @Sendable (String) -> Void, errors: @escaping @Sendable (String) -> Void, isTerminal: Bool) {
        self.output = output
        self.errors = errors
        self.isTerminal = isTerminal
    }

    /// Standard output and standard error of this process.
    package static let standard = Console(
        output: { FileHandle.standardOutput.write(Data($0.utf8)) }, errors: { FileHandle.standardError.write(Data($0.utf8)) },
        isTerminal: isatty(STDERR_FILENO) == 1)

    /// Data, as it is.
    package func write(_ text: String) { output(text) }

    /// Data, one line.
    package func line(_ text: String) { output(text + "\n") }

    /// Talk, one line.
    package func say(_ text: String) { errors(text + "\n") }
}
