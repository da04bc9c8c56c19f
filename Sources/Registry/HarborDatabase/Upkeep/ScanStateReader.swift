import Foundation
import OCIImage

/// Reads the rows of the query for scan states.
struct ScanStateReader {
    private(set) var summary = ScanStatesSummary()
    /// Rows come by repository, so that a name is parsed once.
    private var last: (text: [UInt8], name: RepositoryName?) = ([], nil)

    /// Reads a line; nil where it is about something that no registry could hold, which is counted.
    mutating func read(_ line: UnsafeRawBufferPointer) throws -> ScanState? {
        var fields = CopyFields(line)
        let (artifact, projectID) = (try fields.wholeNumber(), try fields.wholeNumber())
        let repository = try repository(fields.text() ?? "")
        let digest = try fields.bytes().flatMap { Digest(parsing: $0) }
        let tags = try fields.text()?.split(separator: "/").compactMap {
            try? TagName(parsing: String($0))  // a tag that is none cannot be pulled, and a scan is by digest
        }
        let (pushed, isIndex) = (try fields.time(), try fields.flag())
        let status = try fields.text().map { ScanState.Status(rawValue: $0) ?? .other }
        let (started, ended) = (try fields.time(), try fields.time())
        let (critical, high, fixable) = (try fields.number(), try fields.number(), try fields.number())
        guard let repository, let digest else {
            summary.malformed += 1
            return nil
        }
        summary.states += 1
        return ScanState(
            artifact: artifact, repository: repository, projectID: projectID, digest: digest, tags: tags ?? [],
            pushed: pushed ?? .distantPast, isIndex: isIndex, status: status, started: started, ended: ended,
            critical: critical.map(Int.init), high: high.map(Int.init), fixable: fixable.map(Int.init))
    }

    private mutating func repository(_ text: String) -> RepositoryName? {
        if last.name == nil || !last.text.elementsEqual(text.utf8) {
            last = (Array(text.utf8), try? RepositoryName(parsing: text))  // nil is counted by the caller
        }
        return last.name
    }
}
