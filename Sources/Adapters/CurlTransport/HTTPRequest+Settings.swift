extension HTTPRequest {
    /// A request's content, made while it is sent.
    package struct BodyStream: Sendable {
        /// In bytes; nil where nobody knows, and the body then goes in chunks.
        package let length: Int64?
        /// The next part, of any size, or nil at the end; called one at a time, and only for what can be sent soon. What it throws ends the
        /// request and is thrown as it is. When the request ends early, the task that it runs in is cancelled and waited for.
        package let next: @Sendable () async throws -> [UInt8]?

        /// Content of `length` bytes, no more and no less, from `next`.
        package static func stream(length: Int64?, next: @escaping @Sendable () async throws -> [UInt8]?) -> BodyStream {
            BodyStream(length: length, next: next)
        }

        private init(length: Int64?, next: @escaping @Sendable () async throws -> [UInt8]?) {
            self.length = length
            self.next = next
        }
    }

    /// What shows a server who we are: two PEM files.
    package struct ClientCertificate: Sendable, Equatable {
        /// The path of the certificate, with those between it and the root behind it.
        package let certificate: String
        /// The path of its private key, which has no passphrase.
        package let key: String

        /// The files at these paths, which are read when they are needed.
        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// Through whom to ask. A unix socket never has a proxy.
    package enum Proxy: Sendable, Equatable {
        /// Nobody.
        case none
        /// What `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say; nobody on the way to this host itself.
        case environment
        /// The proxy at an `http` or `https` URL without user, for every host.
        case server(_ url: String, user: String? = nil, password: CurlTransport.Secret? = nil)
    }

    /// What to do where the server points elsewhere.
    package enum Redirects: Sendable, Equatable {
        /// The answer that points elsewhere is the answer.
        case refuse
        /// Ask there, up to so many times. Another scheme, host or port gets no credentials, no client certificate, no header but those that
        /// describe the content, and no body; from `https` to `http` nothing goes.
        case follow(_ limit: Int)
    }
}
