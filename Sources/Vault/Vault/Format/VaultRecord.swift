package import Foundation

/// `records/<id>.json` (format, section 10): what the roles tell each other through the vault. Signed, never changed.
package struct VaultRecord: Codable, Sendable, Equatable {
    /// The one record version that is written and read.
    package static let currentVersion = 1
    /// A larger record is not read.
    package static let sizeLimit = 16 << 20
    /// The signature namespace, never shared with manifests.
    package static let namespace = "opsd-record@1"

    /// What a record says.
    package enum Body: Sendable, Equatable {
        /// These snapshots and packs may be deleted, but not before the given time.
        case expiry(snapshots: [SnapshotID], packs: [RandomID], notBefore: Date)
        /// This snapshot stays, says a person, until the given time.
        case hold(snapshot: SnapshotID, reason: String, until: Date)
        /// A kind that this opsd does not act on.
        case other(kind: String)
    }

    /// Id of the vault that the record belongs to; in another vault it is not believed.
    package let vault: RandomID
    /// The random id in the record's name.
    package let id: RandomID
    /// When it was written, by the wall clock.
    package let created: Date
    /// Public key that signs it, as `ssh-ed25519` and base64.
    package let signer: String
    /// What the record says.
    package let body: Body

    /// A new record.
    package init(vault: RandomID, id: RandomID = RandomID(), created: Date, signer: String, body: Body) {
        self.vault = vault
        self.id = id
        self.created = created
        self.signer = signer
        self.body = body
    }

    private enum Key: String, CodingKey {
        case format, version, vault, id, created, signer, kind, body
    }

    private struct Expiry: Codable {
        let snapshots: [SnapshotID]
        let packs: [RandomID]
        let notBefore: Date
    }

    private struct Hold: Codable {
        let snapshot: SnapshotID
        let reason: String
        let until: Date
    }

    /// Reads a record of version 1; throws `DecodingError` for any other, or where the body does not fit its kind.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let format = try values.decode(String.self, forKey: .format)
        let version = try values.decode(Int.self, forKey: .version)
        guard format == "opsd-record", version == Self.currentVersion else {
            throw DecodingError.dataCorruptedError(forKey: .version, in: values, debugDescription: "not a record of version 1")
        }
        vault = try values.decode(RandomID.self, forKey: .vault)
        id = try values.decode(RandomID.self, forKey: .id)
        created = try values.decode(Date.self, forKey: .created)
        signer = try values.decode(String.self, forKey: .signer)
        let kind = try values.decode(String.self, forKey: .kind)
        switch kind {
        case "expiry":
            let expiry = try values.decode(Expiry.self, forKey: .body)
            body = .expiry(snapshots: expiry.snapshots, packs: expiry.packs, notBefore: expiry.notBefore)
        case "hold":
            let hold = try values.decode(Hold.self, forKey: .body)
            body = .hold(snapshot: hold.snapshot, reason: hold.reason, until: hold.until)
        default:
            body = .other(kind: kind)
        }
    }

    /// Writes the record; of a kind that this opsd does not act on the kind alone, without its body.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode("opsd-record", forKey: .format)
        try values.encode(Self.currentVersion, forKey: .version)
        try values.encode(vault, forKey: .vault)
        try values.encode(id, forKey: .id)
        try values.encode(created, forKey: .created)
        try values.encode(signer, forKey: .signer)
        switch body {
        case .expiry(let snapshots, let packs, let notBefore):
            try values.encode("expiry", forKey: .kind)
            try values.encode(Expiry(snapshots: snapshots, packs: packs, notBefore: notBefore), forKey: .body)
        case .hold(let snapshot, let reason, let until):
            try values.encode("hold", forKey: .kind)
            try values.encode(Hold(snapshot: snapshot, reason: reason, until: until), forKey: .body)
        case .other(let kind):
            try values.encode(kind, forKey: .kind)
        }
    }
}
