/// How a program ended, and what it said.
package struct ProgramResult: Sendable, Equatable {
    /// How a program ended.
    package enum Ending: Sendable, Equatable {
        /// By itself, with this status.
        case exited(Int32)
        /// By a signal.
        case signalled(Int32)
    }

    /// How it ended.
    package let ending: Ending
    /// Its standard output, whole.
    package let output: [UInt8]
    /// The end of its standard error, as a single line without control characters.
    package let errorTail: String

    /// Describes a program that has ended.
    package init(ending: Ending, output: [UInt8], errorTail: String) {
        self.ending = ending
        self.output = output
        self.errorTail = errorTail
    }

    /// Joins lines and drops what could steer a terminal or forge a line of a log.
    static func readable(_ bytes: some Collection<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        let clean = text.unicodeScalars.map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: " "
            default: Character(scalar)
            }
        }
        return String(clean).split(separator: " ").joined(separator: " ")
    }
}
