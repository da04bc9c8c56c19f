import CLibcurl
import Glibc

extension TransportError {
    /// What a transfer to `target` ended with. `text` is the library's own message, or empty.
    init(_ code: CURLcode, target: String, text: String) {
        let name = String(cString: curl_easy_strerror(code))
        let kind = Self.isRefusedCertificate(code, text) ? .tls : Self.kind(of: code)
        self.init(
            kind, "cannot \(Self.action(of: kind)) \(target): \(text.isEmpty ? name : text)", remedy: Self.remedy(for: kind),
            cause: "curl \(code.rawValue): \(name)")
    }

    /// A refused or failed connection to the unix socket at `path`.
    init(connectingTo path: String, errno: Int32) {
        let kind: Code =
            switch errno {
            case ENOENT, ECONNREFUSED, ENOTDIR, ENOTSOCK: .unreachable
            case EACCES, EPERM: .denied
            case EAGAIN: .timedOut
            default: .failed
            }
        let reason = errno == EAGAIN ? "the server accepts no connection" : String(cString: strerror(errno)).lowercasedFirst
        self.init(kind, "cannot connect to \(path): \(reason)", remedy: Self.remedy(for: kind))
    }

    /// In TLS 1.3 a server judges the client's certificate after the client has begun to send, so its alert comes as what is read.
    private static func isRefusedCertificate(_ code: CURLcode, _ text: String) -> Bool {
        [CURLE_RECV_ERROR, CURLE_SEND_ERROR].contains(code) && text.contains("alert") && text.contains("certificate")
    }

    private static func kind(of code: CURLcode) -> Code {
        switch code {
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unreachable
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            .tls
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR: .interrupted
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING: .protocolViolation
        case CURLE_URL_MALFORMAT: .invalidRequest
        default: .failed
        }
    }

    private static func action(of kind: Code) -> String {
        switch kind {
        case .unreachable, .denied, .tls: "connect to"
        case .timedOut, .interrupted, .protocolViolation, .bodyTooLarge: "get an answer from"
        case .invalidRequest, .failed: "ask"
        }
    }

    private static func remedy(for kind: Code) -> String? {
        switch kind {
        case .unreachable: "check that the server runs and listens there"
        case .denied: "check the permissions of the socket and its folder, and who may use them"
        case .timedOut: "check that the server is not overloaded or stuck"
        case .tls: "check the server's certificate and the file of trusted ones"
        case .interrupted: "see the server's log"
        case .protocolViolation: "check that address and port are those of the server that is meant"
        case .bodyTooLarge, .invalidRequest, .failed: nil
        }
    }
}

extension String {
    /// With a small first letter, for the middle of a sentence.
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
