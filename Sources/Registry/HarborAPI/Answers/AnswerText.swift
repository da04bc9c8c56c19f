import CurlTransport
import Foundation

/// What a server says of a failure, made fit for a message.
enum AnswerText {
    /// Characters of a server's text that a message shows.
    private static let limit = 200

    struct Failure {
        /// Harbor's own word, such as `NOT_FOUND`; nil where there is none.
        var code: String?
        /// Shortened and without control characters; nil where there is none.
        var message: String?
    }

    /// Harbor's codes and messages, else the beginning of a text; nothing of a web page.
    static func failure(_ answer: HTTPResponse) -> Failure {
        guard !answer.body.isEmpty, !isHTML(answer) else { return Failure() }
        // Harmless: what is not Harbor's own form of an error is shown as text.
        if let body = try? JSONDecoder().decode(Body.self, from: Data(answer.body.prefix(64 * 1024))) {
            let messages = (body.errors ?? []).compactMap(\.message).filter { !$0.isEmpty }
            return Failure(
                code: body.errors?.first?.code, message: messages.isEmpty ? nil : shortened(messages.joined(separator: "; ")))
        }
        let text = shortened(String(decoding: answer.body.prefix(4 * limit), as: UTF8.self))
        return Failure(message: text.isEmpty ? nil : text)
    }

    /// Whether the body is a web page, as a proxy or a login form sends one.
    static func isHTML(_ answer: HTTPResponse) -> Bool {
        if answer.head.headers["Content-Type"]?.lowercased().hasPrefix("text/html") == true { return true }
        return String(decoding: answer.body.prefix(200), as: UTF8.self).lowercased().contains("<html")
    }

    static func shortened(_ text: String) -> String {
        let printable = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: " "
            default: scalar
            }
        }
        let words = String(String.UnicodeScalarView(printable)).split(separator: " ").joined(separator: " ")
        return words.count > limit ? words.prefix(limit) + "…" : words
    }

    private struct Body: Decodable {
        struct Item: Decodable {
            let code: String?
            let message: String?
        }
        let errors: [Item]?
    }
}
