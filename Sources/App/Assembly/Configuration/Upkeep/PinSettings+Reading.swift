import Retention
import SystemPackage

extension PinSettings {
    /// How long a command may take unless the configuration says otherwise.
    static let defaultLimit = Duration.seconds(60)

    /// Reads `pins:`. Nil, and problems, where anything in it is wrong: fewer pins would protect less than its author meant.
    init?(_ reader: SectionReader) {
        let problemsBefore = reader.problems.count
        let age = reader.value("max_age", DurationText.parsePositive)
        let least = reader.value("at_least", PlainValues.number(0...1_000_000))
        let registries = reader.list("registries", Self.registry) ?? []
        let files = reader.section("files").map(Self.files) ?? []
        let commands = reader.section("commands")
        if let commands, commands.names.isEmpty { reader.problems.report(commands.place, "'\(commands.path)' is empty") }
        let programs = Configuration.named(commands) { section, _ in Self.command(section) }
        reader.finish()
        if !reader.has("files"), !reader.has("commands") {
            reader.problems.report(
                reader.place, "'\(reader.path)' names nothing that lists the images in use",
                hint: "such as files: {production: /var/lib/opsd/pins/production}")
        }
        for source in programs where files.contains(where: { $0.name == source.name }) {
            let path = "\(reader.path).commands.\(source.name)"
            reader.problems.report(at: path, "'\(path)': a file has this name already", hint: "reports name a list by this word alone")
        }
        guard reader.problems.count == problemsBefore else { return nil }
        self.init(sources: files + programs)
        greatestAge = age ?? greatestAge
        self.least = least ?? self.least
        self.registries = registries
    }

    private static func files(_ reader: SectionReader) -> [Source] {
        if reader.names.isEmpty { reader.problems.report(reader.place, "'\(reader.path)' is empty") }
        return reader.names.compactMap { entry in
            guard Configuration.hasSafeName(entry, in: reader) else { return nil }
            return reader.value(entry.key, PlainValues.absolutePath).map { Source(name: entry.key, origin: .file($0.string)) }
        }
    }

    private static func command(_ reader: SectionReader) -> Source? {
        reader.need("run", hint: "the program and its arguments as a list, such as [kubectl, get, pods, -A]")
        let words = reader.list("run", Self.word)
        let limit = reader.value("limit", DurationText.parsePositive) ?? defaultLimit
        reader.finish()
        guard let words else { return nil }
        let path = reader.path(of: "run")
        guard let program = words.first, !program.isEmpty else {
            reader.problems.report(at: path, "'\(path)' names no program")
            return nil
        }
        if program.contains(where: \.isWhitespace) {
            reader.problems.report(
                at: path, "'\(path)': the program's name holds a space, and no shell parts it from its arguments",
                hint: "write a list: [\(program.split(whereSeparator: \.isWhitespace).joined(separator: ", "))]")
        } else if program.contains("/"), !program.hasPrefix("/") {
            reader.problems.report(
                at: path, "'\(path)': \(SourceText.quoted(program)) must be an absolute path, or a bare name that PATH knows")
        }
        return Source(name: reader.name, origin: .command(words, limit: limit))
    }

    private static func word(_ text: String) throws(MalformedValue) -> String {
        guard !text.unicodeScalars.contains("\0") else { throw MalformedValue("must not hold a zero byte") }
        return text
    }

    /// A host as references spell it, with its port where it has one.
    private static func registry(_ text: String) throws(MalformedValue) -> String {
        let plain = try PlainValues.text(text)
        if let end = plain.firstRange(of: "://")?.upperBound {
            throw MalformedValue("must begin with the host", hint: "did you mean '\(plain[end...].prefix { $0 != "/" })'?")
        }
        guard !plain.contains(where: { $0 == "/" || $0 == "@" || $0.isWhitespace }) else {
            throw MalformedValue("is no registry", hint: "write it as images spell it before the first '/': registry.internal:5000")
        }
        return plain
    }
}
