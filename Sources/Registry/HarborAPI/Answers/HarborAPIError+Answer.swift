import CurlTransport
import Foundation

extension HarborAPIError {
    /// What an answer other than 2xx means.
    init(_ answer: HTTPResponse, to operation: HarborOperation, isRobot: Bool) {
        let status = answer.head.status
        let said = AnswerText.failure(answer)
        let code = Self.code(status, said.code)
        var reason = said.message.map { ": \($0)" } ?? ""
        if let location = answer.head.headers["Location"], (300..<400).contains(status) {
            reason = ", which sends us to \(AnswerText.shortened(String(location.prefix(while: { $0 != "?" }))))"
        } else if code == .unavailable, AnswerText.isHTML(answer) {
            reason = ", as a proxy's web page"
        }
        self.init(
            code, status: status, "Harbor refuses \(operation.rawValue) with status \(status)\(reason)",
            remedy: Self.remedy(code, operation, isRobot: isRobot), missingPermission: code == .forbidden ? operation.permission : nil,
            retryAfter: Self.retryAfter(answer.head.headers), cause: said.code.map(AnswerText.shortened))
    }

    /// What the lack of an answer means.
    init(_ error: TransportError, in operation: HarborOperation) {
        let code: Code =
            switch error.code {
            case .unreachable, .denied, .interrupted: .unreachable
            case .timedOut: .timedOut
            case .tls: .tls
            case .protocolViolation, .bodyTooLarge: .unexpectedAnswer
            case .invalidRequest: .malformed
            case .failed: .failed
            }
        self.init(
            code, "\(operation.rawValue): \(error.problem)", remedy: error.remedy ?? "check Harbor's URL and its log",
            cause: error.cause ?? error.code.rawValue)
    }

    /// The same failure for an account that Harbor knows: what is missing is a permission.
    func withSoundCredential(_ operation: HarborOperation) -> HarborAPIError {
        HarborAPIError(
            code, status: status, problem, remedy: Self.granting(operation), missingPermission: operation.permission,
            retryAfter: retryAfter, cause: cause)
    }

    private static func code(_ status: Int, _ word: String?) -> Code {
        switch status {
        case 400, 422: .malformed
        case 401: .unauthorized
        case 403: word == "DENIED" ? .readOnly : .forbidden
        case 404: .notFound
        case 405: .notAllowed
        case 409: .conflict
        case 412: .precondition
        case 413: .tooLarge
        case 429: .tooManyRequests
        case 500...599: .unavailable
        default: .unexpectedAnswer
        }
    }

    private static func remedy(_ code: Code, _ operation: HarborOperation, isRobot: Bool) -> String {
        switch code {
        case .unauthorized:
            if operation.needsAdministrator { return "check name and password of the administrator's account" }
            return isRobot
                ? "check the robot's full name and secret, and that it is neither disabled nor expired"
                : "check the user's name and password; with OIDC or LDAP only a local user or a robot can sign in"
        case .forbidden: return granting(operation)
        case .readOnly: return "wait until read-only mode ends, or switch it off"
        case .notFound: return "check that it still exists and that this version of Harbor has it"
        case .notAllowed: return "check Harbor's version, and that the project is no proxy cache"
        case .conflict: return "wait until what is under way has ended"
        case .precondition: return "check immutability rules, children of indexes, and that a default scanner is enabled"
        case .tooLarge: return "raise the limit of the proxy before Harbor"
        case .malformed: return "check names and options, and Harbor's version"
        case .tooManyRequests: return "ask less often, or raise the proxy's limit"
        case .unavailable: return "see the logs of Harbor's core and proxy"
        case .unexpectedAnswer: return "check that the URL is Harbor's own, with the right scheme"
        case .unreachable, .timedOut, .tls, .unsettled, .needsAdministrator, .failed: return "see Harbor's log"
        }
    }

    private static func granting(_ operation: HarborOperation) -> String {
        guard let permission = operation.permission else { return "use an account that may do this" }
        return "grant the account the permission \(permission)"
    }

    /// RFC 9110, 10.2.3. A date is measured against the answer's own `Date`, so neither clock need be right.
    private static func retryAfter(_ headers: HTTPHeaders) -> Duration? {
        guard let text = headers["Retry-After"] else { return nil }
        if let seconds = Int64(text) { return .seconds(max(0, min(seconds, 86_400))) }
        guard let until = HTTPDate.parse(text), let now = headers["Date"].flatMap(HTTPDate.parse) else { return nil }
        return .seconds(max(0, min(until - now, 86_400)))
    }
}
