import Foundation
import OCIImage
import Postgres

/// Takes a line of COPY text apart, field by field, without an allocation for what is no text.
struct CopyFields {
    private let line: UnsafeRawBufferPointer
    private var position = 0

    /// Begins at the first field of `line`, whose newline does not count.
    init(_ line: UnsafeRawBufferPointer) {
        self.line = line.last == UInt8(ascii: "\n") ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
    }

    /// The bytes of the next field; nil for NULL. Throws ``HarborDatabaseError`` `unexpectedRow` after the last one.
    mutating func bytes() throws(HarborDatabaseError) -> UnsafeRawBufferPointer? {
        guard position <= line.count else { throw Self.unexpected("too few columns") }
        let start = position
        while position < line.count, line[position] != UInt8(ascii: "\t") { position += 1 }
        let field = UnsafeRawBufferPointer(rebasing: line[start..<position])
        position += 1
        return field.count == 2 && field[0] == UInt8(ascii: "\\") && field[1] == UInt8(ascii: "N") ? nil : field
    }

    /// Passes over fields that this kind of row leaves empty.
    mutating func skip(_ count: Int) throws(HarborDatabaseError) {
        for _ in 0..<count { _ = try bytes() }
    }

    /// The next field as text; nil for NULL.
    mutating func text() throws -> String? {
        guard let field = try bytes() else { return nil }
        return try CopyText.decodeField(field)
    }

    /// The next field as a number; nil for NULL.
    mutating func number() throws(HarborDatabaseError) -> Int64? {
        guard let field = try bytes() else { return nil }
        let isNegative = field.first == UInt8(ascii: "-")
        let digits = isNegative ? UnsafeRawBufferPointer(rebasing: field.dropFirst()) : field
        guard let value = Self.number(digits) else { throw Self.unexpected("no number where one must be") }
        return isNegative ? -value : value
    }

    /// The next field as a number that is always there.
    mutating func wholeNumber() throws(HarborDatabaseError) -> Int64 {
        guard let value = try number() else { throw Self.unexpected("NULL where a number must be") }
        return value
    }

    /// The next field as a boolean; NULL is false.
    mutating func flag() throws(HarborDatabaseError) -> Bool { try bytes()?.first == UInt8(ascii: "t") }

    /// The next field as a time in UTC; nil for NULL and for times before 1970, by which Harbor means "never".
    mutating func time() throws(HarborDatabaseError) -> Date? {
        guard let field = try bytes() else { return nil }
        return try Self.time(field)
    }

    /// Reads `2026-01-02 03:04:05.6`, as servers print a time without a zone; nil before 1970.
    static func time(_ field: UnsafeRawBufferPointer) throws(HarborDatabaseError) -> Date? {
        let dash = UInt8(ascii: "-")
        guard field.count >= 19, field[4] == dash, field[7] == dash else { return try farTime(field) }
        // What follows the seconds is a fraction, or ` BC`.
        if field.count > 19, field[19] != UInt8(ascii: ".") { return nil }
        func part(_ range: Range<Int>) throws(HarborDatabaseError) -> Int64 {
            guard let value = number(UnsafeRawBufferPointer(rebasing: field[range])) else { throw unexpected("no time where one must be") }
            return value
        }
        if field.last == UInt8(ascii: "C") { return nil }
        var fraction: Int64 = 0
        if field.count > 20 {
            let digits = 20..<min(field.count, 26)
            fraction = try part(digits)
            for _ in digits.count..<6 { fraction *= 10 }
        }
        let days = daysSinceEpoch(year: try part(0..<4), month: try part(5..<7), day: try part(8..<10))
        guard days >= 0 else { return nil }
        let seconds = days * 86400 + (try part(11..<13)) * 3600 + (try part(14..<16)) * 60 + (try part(17..<19))
        return Date(timeIntervalSince1970: Double(seconds) + Double(fraction) / 1_000_000)
    }

    /// `infinity`, `-infinity` and years of more than four digits.
    private static func farTime(_ field: UnsafeRawBufferPointer) throws(HarborDatabaseError) -> Date? {
        if field.last == UInt8(ascii: "C") || field.elementsEqual("-infinity".utf8) { return nil }
        if field.elementsEqual("infinity".utf8) || (field.count >= 20 && number(UnsafeRawBufferPointer(rebasing: field[0..<5])) != nil) {
            return .distantFuture
        }
        throw unexpected("no time where one must be")
    }

    /// Days of the proleptic Gregorian calendar, counted in years that begin in March, so that a leap day is the last.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func number(_ digits: UnsafeRawBufferPointer) -> Int64? {
        guard !digits.isEmpty, digits.count <= 18 else { return Int64(String(decoding: digits, as: UTF8.self)) }
        var value: Int64 = 0
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    static func unexpected(_ what: String) -> HarborDatabaseError {
        HarborDatabaseError(
            .unexpectedRow, "the database answered with a row of another shape: \(what)", remedy: "report it as a bug of opsd")
    }
}

/// Words that come in few kinds and many rows, such as media types: each is decoded once.
struct WordCache {
    private var words: [(bytes: [UInt8], text: String)] = []
    private static let limit = 32

    /// The text of a field; empty for NULL.
    mutating func text(_ field: UnsafeRawBufferPointer?) throws -> String {
        guard let field else { return "" }
        if let known = words.first(where: { $0.bytes.count == field.count && field.elementsEqual($0.bytes) }) { return known.text }
        let text = try CopyText.decodeField(field) ?? ""
        if words.count < Self.limit { words.append((Array(field), text)) }
        return text
    }
}
