import Hummingbird
import JobEngine
import LocalIO
import Logging
import NIOCore

/// A request on the control socket, with the process at its other end.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    /// `SO_PEERCRED` of Linux.
    private static let peerCredentials: CInt = 17

    /// `struct ucred` of Linux, which Swift's module of glibc does not declare.
    private struct PeerCredentials: Sendable {
        let pid: Int32
        let uid: UInt32
        let gid: UInt32
    }

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// Who asks, by the kernel's word (SO_PEERCRED, unix(7)).
    func requester() async throws -> Requester {
        guard let provider = channel as? any SocketOptionProvider else {
            throw ControlFailure(.forbidden, "unknown_peer", "the kernel does not say who asks", exitCode: 69)
        }
        let credentials: PeerCredentials = try await provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: Self.peerCredentials)
        ).get()
        // Names may come from a directory service, which may hang.
        let name = try await onBlockingThread { UserAccount.name(of: credentials.uid) }
        return Requester(uid: credentials.uid, name: name)
    }
}
