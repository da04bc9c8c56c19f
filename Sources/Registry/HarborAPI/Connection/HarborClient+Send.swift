import CurlTransport
import Foundation

extension HarborClient {
    /// Sends `call` until it is answered, as often as it may be sent. The answer's status is 2xx or one that the call expects.
    func send(_ call: HarborCall) async throws -> HTTPResponse {
        let account = try account(for: call.operation)
        let request = try makeRequest(call, as: account)
        var attempt = 1
        while true {
            let failure: HarborAPIError
            var wasSent = true
            do {
                let answer = try await transport.send(request, bodyLimit: call.bodyLimit)
                let status = answer.head.status
                if (200..<300).contains(status) || call.expected.contains(status) { return answer }
                failure = HarborAPIError(answer, to: call.operation, isRobot: account.isRobot)
            } catch let error as TransportError {
                // libcurl calls it so only before a connection exists.
                wasSent = error.code != .unreachable
                failure = HarborAPIError(error, in: call.operation)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                failure = HarborAPIError(
                    .failed, "cannot ask Harbor for \(call.operation.rawValue)", remedy: "see the cause", cause: "\(error)")
            }
            guard
                let pause = retries.pause(after: failure, attempt: attempt, isRepeatable: call.isRepeatable, wasSent: wasSent)
            else { throw try await explained(failure, of: call.operation, account) }
            try await clock.sleep(for: pause)
            attempt += 1
        }
    }

    /// The answer's only value. Throws `unexpectedAnswer` where it is no JSON.
    func value(_ call: HarborCall) async throws -> JSONValue {
        try Self.value(in: try await send(call), of: call.operation)
    }

    static func value(in answer: HTTPResponse, of operation: HarborOperation) throws -> JSONValue {
        guard !answer.body.isEmpty else { throw operation.unexpected("it is empty") }
        do {
            return try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
        } catch {
            throw operation.unexpected("it is no JSON\(AnswerText.isHTML(answer) ? " but a web page" : "")")
        }
    }

    func object(_ call: HarborCall) async throws -> AnswerObject {
        try AnswerObject(try await value(call), of: call.operation)
    }

    /// A schedule of Harbor's own; nil for none, which Harbor answers by an object without a schedule or by nothing at all.
    func schedule(_ call: HarborCall) async throws -> HarborSchedule? {
        let answer = try await send(call)
        guard !answer.body.isEmpty else { return nil }
        return try HarborSchedule(AnswerObject(try Self.value(in: answer, of: call.operation), of: call.operation))
    }

    /// The answer as text; what is not UTF-8 is shown as such.
    func text(_ call: HarborCall) async throws -> String {
        String(decoding: try await send(call).body, as: UTF8.self)
    }

    /// The id at the end of the answer's `Location`. Throws `unexpectedAnswer` without one, although what was asked for has begun.
    func createdID(_ call: HarborCall) async throws -> Int64 {
        let location = try await send(call).head.headers["Location"] ?? ""
        let path = location.prefix(while: { $0 != "?" && $0 != "#" })
        guard let last = path.split(separator: "/").last, let id = Int64(last), id > 0 else {
            throw call.operation.unexpected("its Location ends with no id, though Harbor has accepted the request")
        }
        return id
    }

    private func account(for operation: HarborOperation) throws -> HarborAccount {
        guard operation.needsAdministrator else { return settings.account }
        guard let admin = settings.admin else {
            throw HarborAPIError(
                .needsAdministrator, "Harbor shows its configuration to system administrators only, and no such account is configured",
                remedy: "configure an administrator's account beside the robot, or do without what needs it")
        }
        return admin
    }

    private func makeRequest(_ call: HarborCall, as account: HarborAccount) throws -> HTTPRequest {
        var headers = call.headers
        headers.append("User-Agent", "opsd/\(settings.version)")
        var body: [UInt8]?
        if let value = call.body {
            headers.append("Content-Type", "application/json")
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            body = [UInt8](try encoder.encode(value))
        }
        return HTTPRequest(
            call.method, settings.url + call.target, headers: headers, body: body, totalTimeout: settings.timeLimit,
            trustedCertificates: settings.trustedCertificates,
            authorization: .basic(user: account.username, password: account.password))
    }

    /// A 401 says neither whether the credential is sound nor what is missing, so Harbor is asked who we are.
    private func explained(
        _ failure: HarborAPIError, of operation: HarborOperation, _ account: HarborAccount
    ) async throws -> HarborAPIError {
        guard failure.code == .unauthorized, operation != .getCurrentUserInfo, !operation.needsAdministrator else { return failure }
        let identity = try? await whoAmI()  // harmless: without an answer the first failure is told as it is
        try Task.checkCancellation()
        switch identity {
        case .robot, .user: return failure.withSoundCredential(operation)
        case .nobody, nil: return failure
        }
    }
}

extension HarborAccount {
    /// By Harbor's own prefix; an installation may have chosen another.
    var isRobot: Bool { username.contains("$") || username.hasPrefix("robot") }
}
