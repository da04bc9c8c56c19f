import Commands
import Foundation
import Synchronization
import Testing

/// What a command said, and how it ended.
struct Spoken: Sendable {
    let status: Int32
    /// Data.
    let output: String
    /// Talk.
    let errors: String

    /// Runs `opsd` with these words in this process.
    static func opsd(_ words: String..., onTerminal: Bool = false) async -> Spoken { await opsd(words, onTerminal: onTerminal) }

    /// Runs `opsd` with these words in this process.
    static func opsd(_ words: [String], onTerminal: Bool = false) async -> Spoken {
        let (output, errors) = (Text(), Text())
        let console = Console(output: { output.append($0) }, errors: { errors.append($0) }, isTerminal: onTerminal)
        let status = await Console.$current.withValue(console) { await OpsdCommand.execute(words) }
        return Spoken(status: status, output: output.all, errors: errors.all)
    }

    /// The output as a JSON object.
    func object() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    }

    private final class Text: Sendable {
        private let text = Mutex("")
        func append(_ more: String) { text.withLock { $0 += more } }
        var all: String { text.withLock { $0 } }
    }
}
