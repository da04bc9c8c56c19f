package import OCIImage

/// Whether a client may pull a manifest.
package enum ManifestStatus: Sendable, Equatable {
    /// It would be served; with its digest where the registry says it.
    case present(Digest?)
    /// There is no such manifest.
    case absent
    /// A policy of its project forbids to pull it (status 412 or 403), with the reason where the registry gives one.
    case denied(String?)
}
