internal import SystemPackage

/// Parsers of the simple values that several sections share.
enum PlainValues {
    /// Any text that is not empty and holds no control characters.
    static func text(_ text: String) throws(MalformedValue) -> String {
        guard !text.isEmpty else { throw MalformedValue("must not be empty") }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw MalformedValue("must stand on one line, without control characters")
        }
        return text
    }

    static func boolean(_ text: String) throws(MalformedValue) -> Bool {
        switch text {
        case "true": return true
        case "false": return false
        default: throw MalformedValue("must be true or false")
        }
    }

    static func port(_ text: String) throws(MalformedValue) -> Int {
        guard let port = Int(text), (1...65_535).contains(port), text.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw MalformedValue("is not a port", hint: "ports are numbers from 1 to 65535")
        }
        return port
    }

    /// A path from the root, without `.` and `..`: what is compared with other paths must have one spelling.
    static func absolutePath(_ text: String) throws(MalformedValue) -> FilePath {
        let plain = try Self.text(text)
        guard plain.hasPrefix("/") else {
            throw MalformedValue(
                "must be an absolute path", hint: plain.hasPrefix("~") ? "a daemon has no home folder" : "begin it with '/'")
        }
        let path = FilePath(plain)
        guard !path.components.contains(where: { $0.kind != .regular }) else { throw MalformedValue("must not contain '.' or '..'") }
        return path
    }

    /// A name that is safe in object names, metric labels and command lines.
    static func safeName(_ text: String) throws(MalformedValue) -> String {
        let letters = "abcdefghijklmnopqrstuvwxyz0123456789"
        guard let first = text.first, letters.contains(first), text.count <= 40,
            text.allSatisfy({ letters.contains($0) || $0 == "-" || $0 == "_" })
        else {
            throw MalformedValue(
                "is not a usable name", hint: "use up to 40 of a-z, 0-9, '-' and '_', the first a letter or a digit")
        }
        return text
    }

    /// One of the cases of an enum, by its raw value.
    static func oneOf<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) -> (String) throws(MalformedValue) -> Choice {
        { (text: String) throws(MalformedValue) -> Choice in
            if let choice = Choice(rawValue: text) { return choice }
            let known = Choice.allCases.map(\.rawValue)
            let nearest = NearestName(to: text, among: known).name
            throw MalformedValue("must be one of \(known.joined(separator: ", "))", hint: nearest.map { "did you mean '\($0)'?" })
        }
    }
}
