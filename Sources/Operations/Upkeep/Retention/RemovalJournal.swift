import Foundation
import JobEngine
import LocalIO
import OCIImage
import Synchronization
import SystemPackage

/// What was removed by one plan, and what was about to be: `plans/retention-<hash>.applied`.
///
/// An intent is durable before its request goes out, the result follows. A process that dies between them leaves an intent without a
/// result: whether the artifact went is then seen in the registry. A line that cannot be read claims nothing, which is the safe side: what is
/// missing and not claimed makes the next run refuse.
final class RemovalJournal: Sendable {
    /// How a removal ended.
    enum Result: String, Sendable, Codable, CaseIterable {
        /// Harbor removed it.
        case removed
        /// It was not there any more.
        case gone
        /// It was no longer what the plan had met.
        case changed
        /// Harbor refuses to remove it.
        case kept
        case failed
    }

    /// A thing that is removed by one request.
    struct Target: Hashable, Sendable {
        /// The artifact's row.
        let id: Int64
        /// Nil for the artifact itself.
        let tag: String?
    }

    private struct Line: Codable {
        var at: Date
        var plan: String?
        var remove: Int64?
        var result: Result?
        var id: Int64?
        var tag: String?
        var image: String?
        var note: String?
    }

    private struct State {
        var begun: Set<Target> = []
        var ended: [Target: Result] = [:]
    }

    let path: FilePath
    private let hash: String
    private let wallclock: any WallClock
    private let file = Mutex<AppendedFile?>(nil)
    private let state: Mutex<State>

    /// Reads what an earlier run of the same plan wrote; a missing file is an empty journal. Nothing is written yet.
    init(_ path: FilePath, plan hash: String, wallclock: any WallClock) throws {
        self.path = path
        self.hash = hash
        self.wallclock = wallclock
        state = Mutex(try Self.read(path, hash))
    }

    private static func read(_ path: FilePath, _ hash: String) throws -> State {
        var state = State()
        var lines: PlanLines
        do throws(LocalIOError) {
            lines = try PlanLines(path)
        } catch {
            guard error.code == .notFound else { throw error }
            return state
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        while let text = try lines.next() {
            guard let line = try? decoder.decode(Line.self, from: Data(text)) else { continue }  // torn: it claims nothing, as said above
            if let plan = line.plan, plan != hash {
                throw UpkeepError(.corrupt, "\(path) is the journal of plan \(plan)", remedy: "move it away")
            }
            if let id = line.remove { state.begun.insert(Target(id: id, tag: line.tag)) }
            if let id = line.id, let result = line.result { state.ended[Target(id: id, tag: line.tag)] = result }
        }
        return state
    }

    /// Whether an earlier run began to remove it, or found it gone by its own doing.
    func claims(_ target: Target) -> Bool {
        state.withLock { state in
            switch state.ended[target] {
            case .removed, .gone: true
            // What had changed or was refused stayed by this plan.
            case .changed, .kept: false
            case .failed, nil: state.begun.contains(target)
            }
        }
    }

    /// Whether nothing was ever begun by this plan.
    var isEmpty: Bool { state.withLock { $0.begun.isEmpty } }

    /// Says what is about to be removed. Returns when that is durable.
    func begin(_ target: Target, _ image: String) throws {
        try append(Line(at: wallclock.now, remove: target.id, tag: target.tag, image: image))
        _ = state.withLock { $0.begun.insert(target) }
    }

    /// Says how a removal ended.
    func end(_ target: Target, _ result: Result, note: String? = nil) throws {
        try append(Line(at: wallclock.now, result: result, id: target.id, tag: target.tag, note: note))
        state.withLock { $0.ended[target] = result }
    }

    private func append(_ line: Line) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        try file.withLock { file in
            let open: AppendedFile
            if let known = file {
                open = known
            } else {
                open = try AppendedFile(path)
                file = open
                try open.append(Array(try encoder.encode(Line(at: wallclock.now, plan: hash))) + [UInt8(ascii: "\n")])
            }
            try open.append(Array(try encoder.encode(line)) + [UInt8(ascii: "\n")])
        }
    }
}
