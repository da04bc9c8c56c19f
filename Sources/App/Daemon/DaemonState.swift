import Assembly
import Foundation
import JobEngine
import Synchronization

/// What the parts of the daemon share: the configuration in force and what became of the newest reload.
final class DaemonState: Sendable {
    /// A configuration that was loaded.
    struct Current: Sendable {
        let installation: Installation
        /// When it was loaded.
        let loaded: Date
        /// Why a newer one was refused; nil where none was.
        var reloadError: String?
    }

    private let current: Mutex<Current>
    private let servers = Mutex<Set<Server>>([])
    private let look = Mutex(Look())
    /// Rung when a new configuration is in force, for whoever looks at vaults.
    let reloaded = Doorbell()
    /// Rung when a new configuration is in force, for whoever looks at Harbor.
    let reloadedForHarbor = Doorbell()
    /// When the process began to serve.
    let started: Date

    /// What the newest look at Harbor found.
    struct Look: Sendable {
        /// Nil before the first look, and without `harbor:`.
        var harbor: HarborFacts?
        /// Artifacts that were pushed after the newest recovery point; nil where it is not known.
        var unprotectedArtifacts: Int?
    }

    /// What has to answer before the daemon is ready.
    enum Server: Hashable, CaseIterable, Sendable {
        case engine, control, metrics
    }

    init(_ installation: Installation, started: Date) {
        current = Mutex(Current(installation: installation, loaded: started))
        self.started = started
    }

    var now: Current { current.withLock { $0 } }
    var installation: Installation { now.installation }

    func accept(_ installation: Installation, at date: Date) {
        current.withLock { $0 = Current(installation: installation, loaded: date) }
        reloaded.ring()
        reloadedForHarbor.ring()
    }

    var lastLook: Look { look.withLock { $0 } }

    func saw(_ look: Look) { self.look.withLock { $0 = look } }

    func refuse(_ reason: String) {
        current.withLock { $0.reloadError = reason }
    }

    /// Notes that a server answers; true for the last one.
    func isUp(_ server: Server) -> Bool {
        servers.withLock { servers in
            guard servers.insert(server).inserted else { return false }
            return servers.count == Server.allCases.count
        }
    }

    var isUp: Bool { servers.withLock { $0.count == Server.allCases.count } }
}
