import Assembly
import CronSchedule

extension CronExpression {
    /// Reads an expression that was typed. Throws ``RequestError`` (`usage`) that shows where it is wrong.
    init(argument text: String) throws {
        do {
            try self.init(parsing: text)
        } catch {
            throw error.request(text)
        }
    }
}

extension HarborCronExpression {
    /// Reads an expression that was typed. Throws ``RequestError`` (`usage`) that shows where it is wrong.
    init(argument text: String) throws {
        do {
            try self.init(parsing: text)
        } catch {
            throw error.request(text)
        }
    }
}

extension CronError {
    /// Columns of the excerpt: a terminal's width and some room.
    private static let width = 72

    /// The error with the expression, and a caret under the place.
    fileprivate func request(_ text: String) -> RequestError {
        let characters = text.map { $0.isWhitespace || $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? " " : $0 }
        let skipped = max(0, min(position - 1, characters.count) - Self.width / 2)
        let excerpt = String(characters.dropFirst(skipped).prefix(Self.width))
        let caret = String(repeating: " ", count: max(0, position - 1 - skipped)) + "^"
        return RequestError(.usage, "not a cron expression, \(self)\n    \(excerpt)\n    \(caret)")
    }
}
