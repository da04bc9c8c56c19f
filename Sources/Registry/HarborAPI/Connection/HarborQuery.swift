import Foundation

/// A condition in the language of Harbor's parameter `q`.
///
/// Harbor decodes the whole once more after the transport's decoding, so what that would change is encoded within a value. It ignores
/// keys that it does not know: whoever uses a condition applies it again to what comes.
struct HarborQuery {
    let text: String

    /// `key` from `start` to `end`, both included, in whole seconds; the range is widened to them.
    static func range(_ key: String, from start: Date, to end: Date) -> HarborQuery {
        HarborQuery(text: "\(key)=[\(HarborTime.text(start, rounding: .down))~\(HarborTime.text(end, rounding: .up))]")
    }

    /// `key` equal to `value`. A value with a comma cannot be asked for.
    static func equals(_ key: String, _ value: String) -> HarborQuery {
        let marks = "~[]{}()\\"
        let escaped = (value.first.map(marks.contains) ?? false) ? "\\" + value : value
        return HarborQuery(text: "\(key)=" + escaped.replacing("%", with: "%25").replacing("+", with: "%2B"))
    }
}
