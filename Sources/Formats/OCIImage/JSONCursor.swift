/// Walks through a JSON text (RFC 8259) and hands out the values that are asked for; what nobody asks for is checked and skipped.
///
/// Stricter than Foundation's decoder where two readers of one manifest could see two images: an object that has a member twice, or a
/// member that differs from an expected one only in case (Go's decoder takes it for the same), is refused. Memory follows what is asked
/// for, not what a hostile text contains.
struct JSONCursor {
    private let text: [UInt8]
    private var position = 0
    private var depth = 0

    /// Nesting that no manifest needs; it bounds the stack.
    private static let depthLimit = 64

    init(_ text: [UInt8]) {
        self.text = text
    }

    /// Ends the text: only white space may follow.
    mutating func finish() throws(OCIError) {
        skipSpace()
        guard position == text.count else { throw failure("something follows the value") }
    }

    /// Reads an object and calls `body` at the value of each member that `known` names; `body` must read that value.
    mutating func members(
        _ known: [String], _ body: (inout JSONCursor, _ name: String) throws(OCIError) -> Void
    ) throws(OCIError) {
        try everyMember { cursor, name throws(OCIError) in
            if known.contains(name) {
                try body(&cursor, name)
            } else if let expected = known.first(where: { Self.folded($0) == Self.folded(name) }) {
                throw cursor.failure("member \(OCIError.quoted(name)) can be read as '\(expected)' or not")
            } else {
                try cursor.skipValue()
            }
        }
    }

    /// Reads an object and calls `body` at the value of each member; `body` must read that value.
    mutating func everyMember(_ body: (inout JSONCursor, _ name: String) throws(OCIError) -> Void) throws(OCIError) {
        try enter(UInt8(ascii: "{"), "an object")
        var seen: Set<String> = []
        var isFirst = true
        while try !leave(UInt8(ascii: "}"), isFirst: isFirst) {
            isFirst = false
            let name = try string()
            guard seen.insert(name).inserted else { throw failure("member \(OCIError.quoted(name)) stands twice in one object") }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("a ':' is missing") }
            try body(&self, name)
        }
    }

    /// Reads an array and calls `body` at each element; `body` must read that value.
    mutating func elements(_ body: (inout JSONCursor) throws(OCIError) -> Void) throws(OCIError) {
        try enter(UInt8(ascii: "["), "an array")
        var isFirst = true
        while try !leave(UInt8(ascii: "]"), isFirst: isFirst) {
            isFirst = false
            try body(&self)
        }
    }

    /// Reads `null` if it stands here.
    mutating func takesNull() -> Bool {
        skipSpace()
        return take(word: "null")
    }

    /// Reads a number that is an integer and fits into 64 bits.
    mutating func integer() throws(OCIError) -> Int64 {
        let digits = try number()
        guard let value = Int64(digits) else { throw failure("\(OCIError.quoted(digits)) is no integer of 64 bits") }
        return value
    }

    /// Reads a string.
    mutating func string() throws(OCIError) -> String {
        skipSpace()
        guard take(UInt8(ascii: "\"")) else { throw failure("a string is expected") }
        var bytes: [UInt8] = []
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "\""):
                guard let value = String(validating: bytes, as: UTF8.self) else { throw failure("a string is no UTF-8") }
                return value
            case UInt8(ascii: "\\"): bytes.append(contentsOf: try escape().utf8)
            case 0..<0x20: throw failure("a control character stands in a string")
            default: bytes.append(byte)
            }
        }
        throw failure("the text ends inside a string")
    }

    /// Checks and passes over one value of any kind.
    mutating func skipValue() throws(OCIError) {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): try everyMember { cursor, _ throws(OCIError) in try cursor.skipValue() }
        case UInt8(ascii: "["): try elements { cursor throws(OCIError) in try cursor.skipValue() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: _ = try number()
        default:
            guard take(word: "null") || take(word: "true") || take(word: "false") else { throw failure("a value is expected") }
        }
    }

    /// A refusal that names the place.
    func failure(_ problem: String) -> OCIError {
        OCIError(
            .malformedManifest, "the manifest is not usable at byte \(position): \(problem)",
            remedy: "compare its bytes with its digest; if they agree, the client that pushed it is at fault")
    }
}

extension JSONCursor {
    private var peek: UInt8? { position < text.count ? text[position] : nil }

    private mutating func next() -> UInt8? {
        guard position < text.count else { return nil }
        defer { position += 1 }
        return text[position]
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard text[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func enter(_ opening: UInt8, _ kind: String) throws(OCIError) {
        skipSpace()
        guard take(opening) else { throw failure("\(kind) is expected") }
        guard depth < Self.depthLimit else { throw failure("values are nested deeper than \(Self.depthLimit)") }
        depth += 1
    }

    private mutating func leave(_ closing: UInt8, isFirst: Bool) throws(OCIError) -> Bool {
        skipSpace()
        if take(closing) {
            depth -= 1
            return true
        }
        guard isFirst || take(UInt8(ascii: ",")) else { throw failure("a ',' or the end of a list is missing") }
        return false
    }

    private mutating func number() throws(OCIError) -> String {
        skipSpace()
        let start = position
        _ = take(UInt8(ascii: "-"))
        let leadsWithZero = peek == UInt8(ascii: "0")
        let whole = digits()
        guard whole == 1 || whole > 1 && !leadsWithZero else { throw failure("a number is expected") }
        if take(UInt8(ascii: ".")) {
            guard digits() > 0 else { throw failure("digits are missing in a number") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw failure("digits are missing in a number") }
        }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func escape() throws(OCIError) -> String {
        switch next() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return String(try escapedScalar())
        default: throw failure("an unknown escape stands in a string")
        }
    }

    /// The scalar after `\u`, which may take a second escape (a surrogate pair).
    private mutating func escapedScalar() throws(OCIError) -> Unicode.Scalar {
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw failure("half of a surrogate pair is missing") }
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) else {
            throw failure("half of a surrogate pair is missing")
        }
        return scalar
    }

    private mutating func codeUnit() throws(OCIError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("four hexadecimal digits must follow \\u")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// Equal for names that a reader which ignores case takes for one; both directions, since `ſ` and `K` (Kelvin) fold to ASCII.
    private static func folded(_ name: String) -> String { name.uppercased().lowercased() }
}
