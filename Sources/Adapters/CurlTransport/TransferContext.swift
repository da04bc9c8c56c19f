/// What libcurl's callbacks of one transfer write to and read from. They run on the loop's thread only.
final class TransferContext {
    /// More than any sane answer's headers.
    private static let headLimit = 256 * 1024

    private let exchange: Exchange
    private let target: String
    private let body: [UInt8]
    private var sentBytes = 0

    private var status: Int?
    private var headers = HTTPHeaders()
    private var headBytes = 0
    private var hasMoved = false
    /// Whether the whole request's body has been given to the library.
    private(set) var isBodySent: Bool
    /// Whether the final head has come; what follows of fields is a trailer.
    private(set) var isHeadComplete = false
    /// Why a callback has asked for the transfer's end.
    private(set) var failure: TransportError?

    /// What the transfer of `exchange` needs and collects.
    init(_ exchange: Exchange) {
        self.exchange = exchange
        target = exchange.request.target
        body = exchange.request.body ?? []
        isBodySent = exchange.request.bodyStream == nil && body.isEmpty
    }

    /// Whether a byte of the answer has come.
    var hasAnswer: Bool { headBytes > 0 }

    /// Whether a byte has moved in either direction since the last call.
    func takeMovement() -> Bool {
        defer { hasMoved = false }
        return hasMoved
    }

    /// Copies the next part of the request's body and tells its size, 0 at the end; nil where there is none yet.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
        guard exchange.request.bodyStream != nil else {
            let count = min(buffer.count, body.count - sentBytes)
            buffer.copyBytes(from: body[sentBytes..<sentBytes + count])
            sent(count)
            isBodySent = sentBytes == body.count
            return count
        }
        guard let count = exchange.fill(buffer) else { return nil }
        sent(count)
        isBodySent = count == 0 || Int64(sentBytes) == exchange.request.bodyLength
        return count
    }

    private func sent(_ count: Int) {
        hasMoved = hasMoved || count > 0
        sentBytes += count
    }

    /// Makes the next ``fill(_:)`` begin at `offset`; false where what was there is gone.
    func rewind(to offset: Int) -> Bool {
        guard exchange.request.bodyStream == nil, (0...body.count).contains(offset) else { return sentBytes == offset }
        sentBytes = offset
        isBodySent = offset == body.count
        return true
    }

    /// Takes a part of the body; false where there is no room for it now.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        hasMoved = true
        return exchange.put(bytes)
    }

    /// Takes one line of an answer's head, or of a trailer. False ends the transfer.
    func receive(line bytes: UnsafeRawBufferPointer) -> Bool {
        hasMoved = true
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
        guard headers.values(of: "Transfer-Encoding").allSatisfy(Self.isPlain) else {
            return violation("it has a transfer coding that was not asked for")
        }
        isHeadComplete = true
        exchange.put(HTTPResponseHead(status: status, headers: headers))
        return true
    }

    private func violation(_ problem: String) -> Bool {
        failure = TransportError(
            .protocolViolation, "cannot read the answer of \(target): \(problem)",
            remedy: "check that address and port are those of the server that is meant")
        return false
    }

    /// The library would unpack others also where they were not asked for (RFC 9112, 6.1), to a multiple of what came.
    private static func isPlain(_ coding: String) -> Bool { ["chunked", "identity"].contains(coding.lowercased()) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// Without white space around it; what is not UTF-8 is shown as such.
    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        var bytes = bytes
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
