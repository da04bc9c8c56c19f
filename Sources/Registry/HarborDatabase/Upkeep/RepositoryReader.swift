import Foundation
import OCIImage

/// Puts repositories together from sorted rows; at most one repository is held.
struct RepositoryReader {
    /// What a row says, and the number by which the query names it; within an artifact the rows come in this order.
    enum RowKind: Int64 {
        case repository, artifact, tag, label, parent, subject
    }

    private struct Head {
        let id: Int64
        let name: RepositoryName
        let projectID: Int64
        let project: String
    }

    /// An artifact whose rows are still coming.
    private struct Draft {
        let id: Int64
        let digest: Digest?
        let storedDigest: String
        let type: String
        let manifestMediaType: String
        let size: Int64
        let pushed: Date?
        let pulled: Date?
        var tags: [StoredTag] = []
        var labels: [String] = []
        var parents: [Int64] = []
        var subjects: [StoredArtifact.Subject] = []
        var isMalformed = false
    }

    private(set) var summary = RepositoriesSummary()
    private var storedName = ""
    private var head: Head?
    private var draft: Draft?
    private var artifacts: [StoredArtifact] = []
    private var words = WordCache()

    /// Reads a line; returns the repository before, where the line begins another one.
    mutating func read(_ line: UnsafeRawBufferPointer) throws -> StoredRepository? {
        var fields = CopyFields(line)
        try fields.skip(1)
        let artifact = try fields.number()
        guard let kind = RowKind(rawValue: try fields.wholeNumber()) else { throw CopyFields.unexpected("an unknown kind") }
        switch kind {
        case .repository:
            let finished = finish()
            try readHead(&fields)
            return finished
        case .artifact:
            finishArtifact()
            guard let artifact else { throw CopyFields.unexpected("an artifact without a number") }
            try readArtifact(artifact, &fields)
        case .tag: try readTag(&fields)
        case .label: if let label = try fields.text() { draft?.labels.append(label) }
        case .parent:
            try fields.skip(3)
            draft?.parents.append(try fields.wholeNumber())
        case .subject: try readSubject(&fields)
        }
        return nil
    }

    /// The last repository, after the last line.
    mutating func finish() -> StoredRepository? {
        finishArtifact()
        defer {
            head = nil
            artifacts = []
        }
        guard let head else { return nil }
        summary.repositories += 1
        return StoredRepository(id: head.id, name: head.name, projectID: head.projectID, project: head.project, artifacts: artifacts)
    }

    private mutating func readHead(_ fields: inout CopyFields) throws {
        storedName = try fields.text() ?? ""
        let project = try fields.text() ?? ""
        try fields.skip(1)
        let (id, projectID) = (try fields.wholeNumber(), try fields.wholeNumber())
        guard let name = try? RepositoryName(parsing: storedName),  // a name that is none is counted, and its artifacts with it
            storedName.hasPrefix(project + "/")
        else {
            summary.malformedRepositories += 1
            return
        }
        head = Head(id: id, name: name, projectID: projectID, project: project)
    }

    private mutating func readArtifact(_ id: Int64, _ fields: inout CopyFields) throws {
        guard let stored = try fields.bytes() else { throw CopyFields.unexpected("an artifact without a digest") }
        let digest = Digest(parsing: stored)
        let (type, mediaType) = (try words.text(fields.bytes()), try words.text(fields.bytes()))
        let size = try fields.number() ?? 0
        try fields.skip(1)
        draft = Draft(
            id: id, digest: digest, storedDigest: digest == nil ? String(decoding: stored, as: UTF8.self) : "", type: type,
            manifestMediaType: mediaType, size: size, pushed: try fields.time(), pulled: try fields.time())
    }

    private mutating func readTag(_ fields: inout CopyFields) throws {
        let text = try fields.text() ?? ""
        try fields.skip(4)
        let (pushed, pulled) = (try fields.time(), try fields.time())
        // Without this tag the artifact could look untagged.
        guard let name = try? TagName(parsing: text) else {  // the artifact is left out as a whole, and counted
            draft?.isMalformed = true
            return
        }
        guard let moment = pushed ?? draft?.pushed else { return }
        draft?.tags.append(StoredTag(name: name, pushed: moment, pulled: pulled))
    }

    private mutating func readSubject(_ fields: inout CopyFields) throws {
        let digest = try fields.bytes().flatMap { Digest(parsing: $0) }
        let type = try words.text(fields.bytes())
        try fields.skip(1)
        let id = try fields.number()
        guard let digest else {
            draft?.isMalformed = true
            return
        }
        draft?.subjects.append(StoredArtifact.Subject(id: id, digest: digest, type: type))
    }

    private mutating func finishArtifact() {
        guard let draft else { return }
        self.draft = nil
        guard head != nil, let digest = draft.digest, let pushed = draft.pushed, !draft.isMalformed else {
            summary.malformedArtifacts += 1
            if summary.malformedSamples.count < RepositoriesSummary.sampleLimit {
                let stored = draft.digest?.description ?? draft.storedDigest
                summary.malformedSamples.append(String("\(storedName)@\(stored)".prefix(400)))
            }
            return
        }
        summary.artifacts += 1
        summary.tags += draft.tags.count
        // A subject that is there counts before one that has not come.
        let first = draft.subjects.firstIndex { $0.id != nil } ?? draft.subjects.indices.first
        artifacts.append(
            StoredArtifact(
                id: draft.id, digest: digest, type: draft.type, manifestMediaType: draft.manifestMediaType, size: draft.size,
                pushed: pushed, pulled: draft.pulled, tags: draft.tags, labels: draft.labels, parents: draft.parents,
                subject: first.map { draft.subjects[$0] },
                otherSubjects: draft.subjects.indices.filter { $0 != first }.map { draft.subjects[$0] }))
    }
}
