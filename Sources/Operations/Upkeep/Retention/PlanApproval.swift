package import Foundation
import LocalIO
import SystemPackage

/// A person's word that a plan is to be carried out, once.
package struct PlanApproval: Codable, Sendable, Equatable {
    /// The plan's hash, 64 hexadecimal digits.
    package let plan: String
    /// The account that approved it.
    package let by: String
    /// When, by the wall clock.
    package let created: Date
    /// From this time on it counts no more.
    package let until: Date
    /// When its run began to remove; nil until then.
    package internal(set) var used: Date?
    private var version = 1

    init(plan: String, by: String, created: Date, until: Date) {
        self.plan = plan
        self.by = by
        self.created = created
        self.until = until
    }

    /// A damaged approval blocks: what it was about is not known.
    init(reading path: FilePath) throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            self = try decoder.decode(PlanApproval.self, from: Data(try FileReader.contents(of: path, limit: 1 << 16)))
        } catch let error as DecodingError {
            throw UpkeepError(.corrupt, "\(path) is no approval of a plan", remedy: "remove it, then approve the plan again", cause: error)
        }
    }

    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return Array(try encoder.encode(self))
    }

    /// Whether a run may still begin by it.
    func isOpen(at date: Date) -> Bool { used == nil && created <= date.addingTimeInterval(300) && date < until }
}
