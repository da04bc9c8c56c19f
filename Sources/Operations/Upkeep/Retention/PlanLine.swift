import Foundation
import OCIImage

/// One line of a plan, as JSON without a line end. Written by hand: a plan has a line for each of a million artifacts.
struct PlanLine {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    mutating func add(_ name: StaticString, _ text: String) {
        begin(name)
        append(quoting: text)
    }

    mutating func add(_ name: StaticString, _ number: Int64) {
        begin(name)
        bytes += Array(String(number).utf8)
    }

    mutating func add(_ name: StaticString, _ flag: Bool) {
        begin(name)
        bytes += Array((flag ? "true" : "false").utf8)
    }

    mutating func add(_ name: StaticString, _ texts: [String]) {
        begin(name)
        append(list: texts) { line, text in line.append(quoting: text) }
    }

    mutating func add(_ name: StaticString, _ tags: [PlannedRemoval.Tag]) {
        begin(name)
        append(list: tags) { line, tag in
            line.bytes += Array("{\"name\":".utf8)
            line.append(quoting: tag.name.description)
            line.bytes += Array(",\"pushed\":".utf8)
            line.append(quoting: tag.pushed)
            line.bytes.append(UInt8(ascii: "}"))
        }
    }

    /// The whole line.
    consuming func finish() -> [UInt8] { bytes + [UInt8(ascii: "}")] }

    private mutating func begin(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes += $0 }
        bytes += [UInt8(ascii: "\""), UInt8(ascii: ":")]
    }

    private mutating func append<Element>(list: [Element], _ write: (inout PlanLine, Element) -> Void) {
        bytes.append(UInt8(ascii: "["))
        for (index, element) in list.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(&self, element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func append(quoting text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension PlanLine {
    /// A time as plans have it: RFC 3339 in UTC, with milliseconds, cut and not rounded. By hand: Foundation's styles take longer than all
    /// else that a line takes.
    static func time(_ date: Date) -> String {
        let milliseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded()).floor(1000)
        let (days, rest) = (milliseconds.floor(86_400_000), milliseconds - milliseconds.floor(86_400_000) * 86_400_000)
        let (year, month, day) = civil(days)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        for (number, digits, mark) in [
            (year, 4, "-"), (month, 2, "-"), (day, 2, "T"), (rest / 3_600_000, 2, ":"), (rest / 60_000 % 60, 2, ":"),
            (rest / 1000 % 60, 2, "."), (rest % 1000, 3, "Z"),
        ] as [(Int64, Int, StaticString)] {
            var scale = digits == 4 ? Int64(1000) : digits == 3 ? 100 : 10
            while scale > 0 {
                text.append(UInt8(ascii: "0") + UInt8(number / scale % 10))
                scale /= 10
            }
            mark.withUTF8Buffer { text += $0 }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The day of the Gregorian calendar, `days` after 1 January 1970; the calendar's 400 years begin in March, so that a leap day is the last.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.floor(146_097)
        let inEra = shifted - era * 146_097
        let yearOfEra = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365
        let dayOfYear = inEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    /// The quotient, rounded towards the past.
    fileprivate func floor(_ divisor: Int64) -> Int64 { self >= 0 ? self / divisor : -((divisor - 1 - self) / divisor) }
}
