package import HarborAPI
package import OCIImage
package import Retention

/// Asks the registry for every pinned image, as a node that has to pull it would. No pull time moves by it.
package struct PinCheck: Sendable {
    /// What the registry said of the pins, each in the order of the list.
    package struct Result: Sendable {
        /// Images that are there, with the digest that the registry named.
        package var present: [(pin: PinSet.Pin, digest: Digest?)] = []
        /// Images that are not there.
        package var absent: [PinSet.Pin] = []
        /// Images that are there and are refused to who pulls them, with the registry's reason.
        package var denied: [(pin: PinSet.Pin, reason: String?)] = []

        /// Nothing was asked.
        package init() {}
    }

    /// Questions at the same time: enough to hide their way, too few to be felt.
    private static let width = 8
    private let client: HarborClient

    /// Asks through `client`.
    package init(client: HarborClient) { self.client = client }

    /// Asks for each pin. Throws `HarborAPIError` where the registry does not answer.
    package func check(_ pins: PinSet) async throws -> Result {
        let all = pins.pins
        var answers = [ManifestStatus?](repeating: nil, count: all.count)
        try await withThrowingTaskGroup(of: (Int, ManifestStatus).self) { group in
            var next = 0
            func begin() {
                guard next < all.count else { return }
                let index = next
                next += 1
                let reference = all[index].reference
                group.addTask { [client] in (index, try await client.manifestStatus(reference.repository, reference.wanted)) }
            }
            for _ in 0..<Self.width { begin() }
            while let (index, answer) = try await group.next() {
                answers[index] = answer
                begin()
            }
        }
        var result = Result()
        for (pin, answer) in zip(all, answers) {
            switch answer {
            case .present(let digest): result.present.append((pin, digest ?? pin.reference.digest))
            case .absent, nil: result.absent.append(pin)
            case .denied(let reason): result.denied.append((pin, reason))
            }
        }
        return result
    }
}

extension Reference {
    /// What a puller asks for: the digest where one is given, else the tag, which is `latest` unless it is named.
    package var wanted: ArtifactReference {
        get throws(OCIError) {
            if let digest { return .digest(digest) }
            if let tag { return .tag(tag) }
            return .tag(try TagName(parsing: "latest"))
        }
    }
}
