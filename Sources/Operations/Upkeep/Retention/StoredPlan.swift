import Foundation
import LocalIO
import OCIImage
package import SystemPackage

/// A plan of a retention, as its file has it. ``init(reading:)`` proves that the file is whole and that what goes is what its hash says.
package struct StoredPlan: Sendable, Equatable {
    /// An artifact that stays.
    package struct Stay: Codable, Sendable, Equatable {
        private enum CodingKeys: String, CodingKey { case id = "stay", digest, tags, code, reason }

        /// The artifact's row.
        package let id: Int64
        /// The manifest.
        package let digest: String
        /// Its tags; nil for none.
        package let tags: [String]?
        /// A word for the reason, of `KeepReason.Code`.
        package let code: String
        /// A sentence without its full stop.
        package let reason: String
    }

    /// One line of a plan between its first and its last.
    package enum Line: Sendable, Equatable {
        /// A repository; its artifacts follow.
        case repository(PlanRepository)
        /// What goes.
        case removal(PlannedRemoval)
        /// What stays.
        case stay(Stay)
    }

    /// Which lines somebody wants to see. The others are skipped without being understood.
    package struct Selection: OptionSet, Sendable {
        /// A set of bits.
        package let rawValue: Int
        /// Takes a set of bits.
        package init(rawValue: Int) { self.rawValue = rawValue }
        /// One line for each repository.
        package static let repositories = Selection(rawValue: 1)
        /// What goes.
        package static let removals = Selection(rawValue: 2)
        /// What stays.
        package static let stays = Selection(rawValue: 4)
        /// All of it.
        package static let all: Selection = [.repositories, .removals, .stays]
    }

    /// The last line.
    struct End: Codable, Sendable {
        /// Lines before it.
        let end: Int
        let totals: PlanTotals
    }

    /// Where it is.
    package let path: FilePath
    /// What it was made from.
    package let header: PlanHeader
    /// Its sums.
    package let totals: PlanTotals

    /// 64 hexadecimal digits.
    package var hash: String { header.hash }
    /// The digits that name it in commands and files.
    package var shortHash: String { String(hash.prefix(PlanArchive.shortLength)) }

    /// Reads first and last line and checks all between them. Throws ``UpkeepError`` of code `notFound`, or `corrupt` for a file that is not
    /// whole, of another version, or not what its hash says.
    package init(reading path: FilePath) throws {
        self.path = path
        do {
            (header, totals) = try Self.check(path)
        } catch let error as LocalIOError {
            guard error.code == .notFound else { throw error }
            throw UpkeepError(.notFound, "there is no plan \(path)", remedy: "make one with 'opsd retention plan'")
        }
    }

    private static func check(_ path: FilePath) throws -> (PlanHeader, PlanTotals) {
        var lines = try PlanLines(path)
        guard let first = try lines.next(), let header = read(PlanHeader.self, first), header.format == PlanHeader.formatName else {
            throw damaged(path, "its first line is none of a plan")
        }
        guard header.version == PlanHeader.currentVersion else { throw damaged(path, "it is of version \(header.version)") }
        var hasher = DigestHasher(.sha256)
        hasher.update(hashed(header.settings, header.policies))
        var count = 1
        var last: [UInt8]?
        while let line = try lines.next() {
            if let last {
                count += 1
                if isRemoval(last) { hasher.update(last + [UInt8(ascii: "\n")]) }
            }
            last = line
        }
        guard let last, let end = read(End.self, last), end.end == count else { throw damaged(path, "its end is missing") }
        guard hasher.finish().hex == header.hash else { throw damaged(path, "what it removes is not what its hash says") }
        guard path.lastComponent == PlanArchive.planPath(header.hash, in: path.removingLastComponent()).lastComponent else {
            throw damaged(path, "its name is that of another plan")
        }
        return (header, end.totals)
    }

    private static func damaged(_ path: FilePath, _ reason: String) -> UpkeepError {
        UpkeepError(.corrupt, "\(path) is no sound plan: \(reason)", remedy: "make a new one with 'opsd retention plan'")
    }

    private static func read<Value: Decodable>(_ type: Value.Type, _ line: [UInt8]) -> Value? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try? decoder.decode(type, from: Data(line))  // a line that is none of this kind is told as damage
    }

    /// With what a plan's hash begins; each line of a removal follows with its line end.
    static func hashed(_ settings: String, _ policies: String) -> [UInt8] {
        Array("\(PlanHeader.formatName) \(PlanHeader.currentVersion)\n\(settings)\n\(policies)\n".utf8)
    }

    private static func isRemoval(_ line: [UInt8]) -> Bool { begins(line, "{\"go\":") || begins(line, "{\"untag\":") }

    private static func begins(_ line: [UInt8], _ text: StaticString) -> Bool {
        text.withUTF8Buffer { line.starts(with: $0) }
    }

    /// Hands out the selected lines in the plan's order. Throws ``UpkeepError`` of code `corrupt` for a line that is none, and what `body`
    /// throws.
    package func forEachLine(_ selection: Selection = .all, _ body: (Line) throws -> Void) throws {
        var lines = try PlanLines(path)
        _ = try lines.next()
        while let line = try lines.next() {
            let found: Line?
            if Self.isRemoval(line) {
                guard selection.contains(.removals) else { continue }
                found = Self.read(PlannedRemoval.self, line).map(Line.removal)
            } else if Self.begins(line, "{\"stay\":") {
                guard selection.contains(.stays) else { continue }
                found = Self.read(Stay.self, line).map(Line.stay)
            } else if !Self.begins(line, "{\"end\":") {
                guard selection.contains(.repositories) else { continue }
                found = Self.read(PlanRepository.self, line).map(Line.repository)
            } else {
                continue
            }
            guard let found else { throw Self.damaged(path, "it has a line that is none of a plan") }
            try body(found)
        }
    }

    /// All that goes, in the plan's order.
    package func removals() throws -> [PlannedRemoval] {
        var removals: [PlannedRemoval] = []
        removals.reserveCapacity(totals.removed)
        try forEachLine(.removals) { line in
            if case .removal(let removal) = line { removals.append(removal) }
        }
        return removals
    }

    /// The sums of the repositories, those first that lose most bytes.
    package func repositories() throws -> [PlanRepository] {
        var repositories: [PlanRepository] = []
        try forEachLine(.repositories) { line in
            if case .repository(let repository) = line { repositories.append(repository) }
        }
        return repositories.sorted { left, right in
            (right.freedBytes, right.removed, left.repository.description) < (left.freedBytes, left.removed, right.repository.description)
        }
    }
}
