/// From where on a line may be secret, judged by the text alone: a message is also made where the file is no YAML.
struct SecretMask {
    /// The offset of the first scalar to hide; nil where all may be shown. What follows is hidden too: a secret may hold any delimiter.
    let start: Int?

    /// Judges line `index` of `lines`; earlier lines tell whether it continues the value of a secret's key.
    init(lines: [[Unicode.Scalar]], index: Int) {
        let line = lines[index]
        if Self.continuesSecret(lines, index) {
            start = Self.indent(of: line)
        } else {
            start = [Self.valueOfSecret(in: line), Self.privateKey(in: line), Self.loginOfURL(in: line)].compactMap(\.self).min()
        }
    }

    /// Whether the value of `key` is likely to be a secret itself; `password_file` and its like name a file.
    static func isSecret(key: String) -> Bool {
        let key = key.lowercased()
        if key.hasSuffix("_file") || key.hasSuffix("_path") || key.hasSuffix("_dir") { return false }
        return ["passw", "passphrase", "pwd", "secret", "token", "credential", "private", "api_key", "apikey", "accesskey", "access_key"]
            .contains { key.contains($0) }
    }

    private static func indent(of line: [Unicode.Scalar]) -> Int { line.prefix { $0 == " " || $0 == "\t" }.count }

    /// Where the value of the first secret key on the line begins, be it YAML's `key: value` or libpq's `key=value`.
    private static func valueOfSecret(in line: [Unicode.Scalar]) -> Int? {
        for (colon, scalar) in line.enumerated() where scalar == ":" || scalar == "=" {
            guard let key = keyEnding(at: colon, in: line), isSecret(key: key) else { continue }
            return line[(colon + 1)...].prefix { $0 == " " || $0 == "\t" }.endIndex
        }
        return nil
    }

    private static func keyEnding(at colon: Int, in line: [Unicode.Scalar]) -> String? {
        var end = colon
        while end > 0, line[end - 1] == " " || line[end - 1] == "\"" || line[end - 1] == "'" { end -= 1 }
        var start = end
        while start > 0, isOfKey(line[start - 1]) { start -= 1 }
        guard start < end else { return nil }
        return String(String.UnicodeScalarView(line[start..<end]))
    }

    private static func isOfKey(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_" || scalar == "-" || scalar == "."
    }

    /// Whether a line above, indented less, opened the value of a secret: a block scalar, a list, or a value on the next line.
    private static func continuesSecret(_ lines: [[Unicode.Scalar]], _ index: Int) -> Bool {
        var indent = Self.indent(of: lines[index])
        for above in lines[..<index].reversed() {
            let its = Self.indent(of: above)
            if its == above.count || its >= indent { continue }
            if valueOfSecret(in: above) != nil { return true }
            indent = its
            if indent == 0 { return false }
        }
        return false
    }

    private static func privateKey(in line: [Unicode.Scalar]) -> Int? {
        ["AGE-SECRET-KEY-", "age-secret-key-", "PRIVATE KEY"].compactMap { offset(of: $0, in: line) }.min()
    }

    /// What follows `://` where an `@` tells that a login stands there.
    private static func loginOfURL(in line: [Unicode.Scalar]) -> Int? {
        guard let scheme = offset(of: "://", in: line), line[scheme...].contains("@") else { return nil }
        return scheme + 3
    }

    private static func offset(of text: String, in line: [Unicode.Scalar]) -> Int? {
        let wanted = Array(text.unicodeScalars)
        guard line.count >= wanted.count else { return nil }
        return (0...line.count - wanted.count).first { line[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
