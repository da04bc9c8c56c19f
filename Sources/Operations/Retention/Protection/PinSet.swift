package import OCIImage

/// The images that run somewhere and have to stay, by repository.
package struct PinSet: Sendable, Equatable {
    /// One image.
    package struct Pin: Sendable, Hashable {
        /// The image in this registry; the host is not looked at, and without tag and digest the tag is `latest`.
        package let reference: Reference
        /// The list that names it.
        package let source: String

        /// Names an image.
        package init(_ reference: Reference, source: String) {
            self.reference = reference
            self.source = source
        }

        /// The tag that it asks for, `latest` where it asks for nothing.
        var tag: String? { reference.tag?.description ?? (reference.digest == nil ? "latest" : nil) }
    }

    /// What a repository's images are looked up in.
    struct Lookup: Sendable, Equatable {
        var tags: [String: [Int]] = [:]
        var digests: [Digest: [Int]] = [:]
    }

    /// In the order in which they were given, each once.
    package let pins: [Pin]
    private let lookups: [RepositoryName: Lookup]

    /// Collects pins. A pin with tag and digest keeps both, and is found where the digest is.
    package init(_ pins: some Sequence<Pin> = []) {
        var seen: Set<Pin> = []
        self.pins = pins.filter { seen.insert($0).inserted }
        var lookups: [RepositoryName: Lookup] = [:]
        for (index, pin) in self.pins.enumerated() {
            if let tag = pin.tag { lookups[pin.reference.repository, default: Lookup()].tags[tag, default: []].append(index) }
            if let digest = pin.reference.digest {
                lookups[pin.reference.repository, default: Lookup()].digests[digest, default: []].append(index)
            }
        }
        self.lookups = lookups
    }

    /// The pins of a repository; nil for none.
    func lookup(_ repository: RepositoryName) -> Lookup? { lookups[repository] }
}
