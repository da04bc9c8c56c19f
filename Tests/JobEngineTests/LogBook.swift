import Logging

/// A log whose records a test can read.
final class LogBook: Sendable {
    private struct Handler: LogHandler {
        let book: LogBook
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { book.records.change { $0.append("\(event.level): \(event.message)") } }
    }

    private let records = Shared<[String]>([])

    /// Each as `level: message`, in order.
    var lines: [String] { records.value }

    var logger: Logger { Logger(label: "test") { _ in Handler(book: self) } }

    /// Those that speak of `subject`.
    func lines(of subject: String) -> [String] { lines.filter { $0.contains(subject) } }
}
