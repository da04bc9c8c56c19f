/// A cron expression as it stands in the configuration: its shape is checked here, its meaning by whoever computes times from it.
package struct ScheduleText: Hashable, Sendable, CustomStringConvertible {
    /// As the operator wrote it.
    package let text: String

    /// As the operator wrote it.
    package var description: String { text }

    private static let names = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]

    /// Five fields, six with seconds, or a name such as `@daily`.
    init(parsing text: String) throws(MalformedValue) {
        if text.hasPrefix("@") {
            guard Self.names.contains(text) else {
                throw MalformedValue(
                    "is not a schedule",
                    hint: NearestName.hint(for: text, among: Self.names) ?? "known: \(Self.names.joined(separator: ", "))")
            }
            self.text = text
            return
        }
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard fields.count == 5 || fields.count == 6 else {
            throw MalformedValue(
                fields.count == 1 ? "is not a schedule" : "has \(fields.count) fields",
                hint: "a schedule has five fields (minute hour day month weekday), or six with seconds first")
        }
        for field in fields where !field.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "*,-/#?".contains($0)) }) {
            throw MalformedValue("has the field \(SourceText.quoted(String(field))), which is no cron field")
        }
        self.text = text
    }
}
