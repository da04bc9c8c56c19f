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

    /// Who asks, by the kernel's word (SO_PEERCRED, unix(7)); nil where it gives none.
    func requester() async throws -> Requester? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let credentials: PeerCredentials = try await provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: Self.peerCredentials)
        ).get()
        return Requester(uid: credentials.uid, name: UserAccount.name(of: credentials.uid))
    }
}
