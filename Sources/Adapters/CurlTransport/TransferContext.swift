/// What libcurl's callbacks of one transfer write to and read from. They run on the thread that drives the transfer only.
final class TransferContext {
    /// More than any sane answer's headers.
    private static let headLimit = 256 * 1024
    /// What one turn may bring: far more than the library reads in one, so only a compressed transfer coding can get here.
    private static let turnLimit = 16 * 1024 * 1024

    private let target: String
    private let body: [UInt8]
    private var sentBytes = 0

    private var status: Int?
    private var headers = HTTPHeaders()
    private var headBytes = 0
    /// The final head, until it is taken.
    private var finishedHead: HTTPResponseHead?
    private var chunk: [UInt8] = []
    /// Whether the final head has come; what follows of fields is a trailer.
    private(set) var isHeadComplete = false
    /// Why a callback has asked for the transfer's end.
    private(set) var failure: TransportError?

    /// What a transfer of `request` needs and collects.
    init(_ request: HTTPRequest) {
        target = request.target
        body = request.body ?? []
    }

    /// The final head, once.
    func takeHead() -> HTTPResponseHead? { finishedHead.take() }

    /// What has come since the last call; nil for nothing.
    func takeChunk() -> [UInt8]? {
        guard !chunk.isEmpty else { return nil }
        defer { chunk = [] }
        return chunk
    }

    /// Copies the next part of the request's body and tells its size, 0 at the end.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, body.count - sentBytes)
        buffer.copyBytes(from: body[sentBytes..<sentBytes + count])
        sentBytes += count
        return count
    }

    /// Whether there is something to take.
    var hasNews: Bool { finishedHead != nil || !chunk.isEmpty }

    /// Takes a part of the body. False ends the transfer.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard chunk.count + bytes.count <= Self.turnLimit else { return violation("its transfer coding unpacks to too much at once") }
        chunk.append(contentsOf: bytes)
        return true
    }

    /// Takes one line of an answer's head, or of a trailer. False ends the transfer.
    func receive(line bytes: UnsafeRawBufferPointer) -> Bool {
        headBytes += bytes.count
        guard headBytes <= Self.headLimit else { return violation("its headers exceed \(Self.headLimit) bytes") }
        if isHeadComplete { return true }
        var line = bytes[...]
        while line.last == UInt8(ascii: "\n") || line.last == UInt8(ascii: "\r") { line.removeLast() }
        if line.starts(with: Array("HTTP/".utf8)) { return begin(line) }
        if line.isEmpty { return finishHead() }
        if Self.isSpace(bytes[0]) { return headers.extendLast(with: Self.text(line)) || violation("its first header is a continuation") }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
            return violation("a header has no name")
        }
        headers.append(Self.text(line[..<colon]), Self.text(line[(colon + 1)...]))
        return true
    }

    private func begin(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: true)
        guard words.count >= 2, words[1].count == 3, let status = Int(Self.text(words[1])) else {
            return violation("its status line is malformed")
        }
        self.status = status
        headers = HTTPHeaders()
        return true
    }

    /// The end of a head: of the answer, or of an interim one that another head follows.
    private func finishHead() -> Bool {
        guard let status else { return violation("it has no status line") }
        if (100..<200).contains(status) { return true }
        isHeadComplete = true
        finishedHead = HTTPResponseHead(status: status, headers: headers)
        return true
    }

    private func violation(_ problem: String) -> Bool {
        failure = TransportError(
            .protocolViolation, "cannot read the answer of \(target): \(problem)",
            remedy: "check that address and port are those of the server that is meant")
        return false
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// Without white space around it; what is not UTF-8 is shown as such.
    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        var bytes = bytes
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
