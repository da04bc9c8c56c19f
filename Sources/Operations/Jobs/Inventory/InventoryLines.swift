import Foundation
import HarborDatabase
import OCIImage
import Vault

/// Parses an inventory that arrives in pieces and checks that it is whole.
struct InventoryLines {
    private let snapshot: SnapshotID
    private var rest: [UInt8] = []
    private var line = 0
    private var isEnded = false
    private let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    init(_ snapshot: SnapshotID) { self.snapshot = snapshot }

    private struct Kind: Decodable { let kind: String }
    private struct Head: Decodable { let version: Int, snapshot: SnapshotID }
    private struct Project: Decodable { let name: String, deleted: Bool }
    private struct Blob: Decodable { let digest: Digest }
    private struct Broken: Decodable { let digest: Digest, reason: String, images: [String] }

    /// Takes the next piece and returns the items that it completes.
    mutating func parse(_ piece: [UInt8]) throws -> [InventoryItem] {
        rest += piece
        var items: [InventoryItem] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            line += 1
            if let item = try item(Data(rest[start..<end])) { items.append(item) }
            start = end + 1
        }
        rest.removeFirst(start)
        return items
    }

    /// Checks that the last line has come.
    func finish() throws {
        guard isEnded, rest.isEmpty else { throw JobError(.corrupt, "the inventory of \(snapshot) is truncated") }
    }

    private func malformed(_ cause: any Error) -> JobError {
        JobError(.corrupt, "line \(line) of the inventory of \(snapshot) is malformed", cause: cause)
    }

    private mutating func item(_ data: Data) throws -> InventoryItem? {
        guard !isEnded else { throw JobError(.corrupt, "the inventory of \(snapshot) goes on after its last line") }
        do {
            let kind = try decoder.decode(Kind.self, from: data).kind
            if line == 1 {
                let head = try decoder.decode(Head.self, from: data)
                guard kind == "inventory", head.version == 1, head.snapshot == snapshot else {
                    throw JobError(.corrupt, "this is not the inventory of \(snapshot), or of a version that this opsd does not know")
                }
                return nil
            }
            switch kind {
            case "artifact": return .artifact(try decoder.decode(InventoryArtifact.self, from: data))
            case "project":
                let project = try decoder.decode(Project.self, from: data)
                return .project(name: project.name, isDeleted: project.deleted)
            case "blob": return .blob(try decoder.decode(Blob.self, from: data).digest)
            case "broken":
                let broken = try decoder.decode(Broken.self, from: data)
                return .broken(broken.digest, reason: broken.reason, images: broken.images)
            case "end":
                isEnded = true
                return nil
            default: return nil  // the format is additive
            }
        } catch let error as DecodingError {
            throw malformed(error)
        } catch let error as OCIError {
            throw malformed(error)
        }
    }
}
