import ControlProtocol
import Foundation
import HTTPTypes
import Hummingbird
import JobEngine
import NIOCore

/// Why a request was not done, as status and document.
struct ControlFailure: Error {
    let status: HTTPResponse.Status
    let document: ErrorDocument

    init(_ status: HTTPResponse.Status, _ code: String, _ problem: String, remedy: String = "", exitCode: Int32, run: RunID? = nil) {
        self.status = status
        document = ErrorDocument(code: code, problem: problem, remedy: remedy, exitCode: exitCode, run: run?.description)
    }

    static func unknownJob(_ name: String, known: [String]) -> ControlFailure {
        ControlFailure(
            .notFound, "unknown_job", "the configuration has no job '\(name)'",
            remedy: known.isEmpty ? "add it under 'jobs:', then reload" : "it has \(known.joined(separator: ", "))", exitCode: 64)
    }

    static let stopping = ControlFailure(
        .serviceUnavailable, "stopping", "opsd is stopping and starts nothing", remedy: "try again when it runs", exitCode: 69)

    /// What any error means to whoever asked.
    init(_ error: any Error) {
        switch error {
        case let failure as ControlFailure: self = failure
        case let error as RunLookupError:
            self.init(
                error.code == .ambiguous ? .badRequest : .notFound, error.code.rawValue, error.problem, remedy: error.remedy,
                exitCode: error.exitCode)
        case let error as JournalError:
            self.init(.serviceUnavailable, "unavailable", "the journal cannot be used: \(error)", exitCode: 1)
        case let error as HTTPError where error.status == .contentTooLarge:
            self.init(.contentTooLarge, "too_large", "the request has more than \(ControlAPI.bodyLimit) bytes", exitCode: 64)
        case let error as HTTPError where error.status == .notFound:
            self.init(
                .notFound, "not_found", "this opsd does not know the request",
                remedy: "use the same version of opsd for command and daemon",
                exitCode: 69)
        case let error as HTTPError:
            self.init(error.status, "malformed", "the request cannot be understood: \(error.body ?? "\(error.status)")", exitCode: 64)
        case let error as DecodingError:
            self.init(.badRequest, "malformed", "the request is not the JSON that it should be: \(error)", exitCode: 64)
        default:
            self.init(.internalServerError, "internal", "\(error)", exitCode: 1)
        }
    }

    var response: Response {
        // A document of plain strings can always be encoded.
        let bytes = (try? ControlJSON.encode(document)) ?? []
        return Response(
            status: status, headers: [.contentType: ControlAPI.documentType], body: .init(byteBuffer: ByteBuffer(bytes: bytes + [0x0A])))
    }
}

/// Turns every error into a document.
struct ControlFailureMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: ControlContext, next: (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return ControlFailure(error).response
        }
    }
}
