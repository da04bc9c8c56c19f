package import Foundation

/// Values that commands take in the words of the configuration.
package enum ArgumentText {
    /// A duration such as `90s` or `1h30m`; nil for any other text.
    package static func duration(_ text: String) -> Duration? {
        try? DurationText.parse(text)  // the caller says what it would have taken
    }

    /// A time zone by its name, such as `UTC` or `Europe/Berlin`. Throws ``RequestError`` (`usage`), with the name that was probably meant.
    package static func timezone(_ text: String) throws(RequestError) -> TimeZone {
        if text == "UTC" { return .gmt }
        // The known names lack some that are in use, such as Asia/Kolkata; what is made up on the fly, such as GMT+5, gets another name.
        if let zone = TimeZone(identifier: text), zone.identifier == text { return zone }
        let nearest = NearestName(to: text, among: TimeZone.knownTimeZoneIdentifiers).name
        throw RequestError(
            .usage, "'\(text.prefix(60))' is not a time zone",
            remedy: nearest.map { "did you mean '\($0)'?" } ?? "write it as UTC or Europe/Berlin")
    }
}
