/// PostgreSQL's COPY text format: one line a row, tab between fields, `\N` for NULL, backslash escapes.
package enum CopyText {
    private static let tab = UInt8(ascii: "\t")
    private static let newline = UInt8(ascii: "\n")
    private static let backslash = UInt8(ascii: "\\")

    /// Splits a line, with or without its newline, into its decoded fields. An empty line is one empty field.
    ///
    /// Throws code `protocolViolation` for a dangling backslash or bytes that are no UTF-8.
    package static func fields(ofLine line: UnsafeRawBufferPointer) throws(PostgresError) -> [String?] {
        let rows = line.last == newline ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
        var fields: [String?] = []
        var start = 0
        for index in rows.indices where rows[index] == tab {
            fields.append(try decodeField(UnsafeRawBufferPointer(rebasing: rows[start..<index])))
            start = index + 1
        }
        fields.append(try decodeField(UnsafeRawBufferPointer(rebasing: rows[start...])))
        return fields
    }

    /// Splits a line held in an array; see ``fields(ofLine:)-(UnsafeRawBufferPointer)``.
    package static func fields(ofLine line: [UInt8]) throws(PostgresError) -> [String?] {
        let answer = line.withUnsafeBytes { bytes in Result { () throws(PostgresError) in try fields(ofLine: bytes) } }
        return try answer.get()
    }

    /// Decodes the bytes between two tabs; `\N` alone is NULL.
    package static func decodeField(_ field: UnsafeRawBufferPointer) throws(PostgresError) -> String? {
        if !field.contains(backslash) { return try text(field) }
        if field.count == 2, field[0] == backslash, field[1] == UInt8(ascii: "N") { return nil }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(field.count)
        var index = 0
        while index < field.count {
            let byte = field[index]
            index += 1
            guard byte == backslash else {
                decoded.append(byte)
                continue
            }
            guard index < field.count else { throw PostgresError(.protocolViolation, "a COPY field ends in a lone backslash") }
            let escape = field[index]
            index += 1
            if let digit = octal(escape) {
                decoded.append(number(field, &index, first: digit, base: 8, limit: 2, digit: octal))
            } else if escape == UInt8(ascii: "x"), index < field.count, let digit = hexadecimal(field[index]) {
                index += 1
                decoded.append(number(field, &index, first: digit, base: 16, limit: 1, digit: hexadecimal))
            } else {
                decoded.append(unescaped(escape))
            }
        }
        return try decoded.withUnsafeBytes { bytes in Result { () throws(PostgresError) in try text(bytes) } }.get()
    }

    /// Encodes one row, with its newline.
    package static func line(of fields: [String?]) -> [UInt8] {
        var line: [UInt8] = []
        for (position, field) in fields.enumerated() {
            if position > 0 { line.append(tab) }
            guard let field else {
                line += [backslash, UInt8(ascii: "N")]
                continue
            }
            for byte in field.utf8 {
                switch byte {
                case backslash: line += [backslash, backslash]
                case tab: line += [backslash, UInt8(ascii: "t")]
                case newline: line += [backslash, UInt8(ascii: "n")]
                case UInt8(ascii: "\r"): line += [backslash, UInt8(ascii: "r")]
                default: line.append(byte)
                }
            }
        }
        line.append(newline)
        return line
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PostgresError(.protocolViolation, "a COPY field is not valid UTF-8")
        }
        return text
    }

    private static func unescaped(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "v"): 0x0B
        default: escape
        }
    }

    private static func number(
        _ field: UnsafeRawBufferPointer, _ index: inout Int, first: UInt8, base: UInt8, limit: Int, digit: (UInt8) -> UInt8?
    ) -> UInt8 {
        var value = first
        var taken = 0
        while taken < limit, index < field.count, let next = digit(field[index]) {
            value = value &* base &+ next
            index += 1
            taken += 1
        }
        return value
    }

    private static func octal(_ byte: UInt8) -> UInt8? {
        (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) ? byte - UInt8(ascii: "0") : nil
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
