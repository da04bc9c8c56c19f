internal import JobEngine
internal import Retention
internal import SystemPackage

extension Configuration {
    /// Reads all sections, reporting what is wrong on the way; nil where the file says too little to check further.
    init?(_ reader: SectionReader, file: String, stateDirectory: FilePath?) {
        let problems = reader.problems
        let harbor = reader.section("harbor").flatMap(HarborSection.init)
        let database = reader.section("database").flatMap(DatabaseSection.init)
        let storage = reader.section("storage").flatMap(StorageSection.init)
        let pins = reader.section("pins").flatMap(PinSettings.init)
        let files = Self.named(reader.section("files")) { section, _ in FileSetSection(section) }
        let vaultSection = reader.section("vaults")
        let vaultNames = vaultSection?.names.map(\.key) ?? []
        let vaults = Self.named(vaultSection) { section, _ in VaultSection(section) }
        let objectives = reader.section("objectives").map(Objectives.init) ?? Objectives()
        let defaultVault = Self.defaultVault(among: vaultNames)
        let jobSection = reader.section("jobs")
        let jobNames = jobSection?.names.map(\.key) ?? []
        let jobs = Self.named(jobSection) { JobSection($0, entry: $1, defaultVault: defaultVault) }
        let listen = reader.node("listen").flatMap { ListenSection($0, problems: problems) } ?? .standard
        let history = reader.section("history").map(Self.history) ?? HistoryLimits()
        let textfile = reader.value("textfile", Self.textfile)
        let ownState = reader.value("state_directory", PlainValues.absolutePath)
        let socket = reader.value("control_socket", Self.socketPath) ?? Self.defaultControlSocket
        let hasFewVaults = vaultNames.isEmpty && (!reader.has("vaults") || vaultSection != nil)
        reader.finish()
        if hasFewVaults { problems.report(at: "vaults", "no vault: name at least one under 'vaults'") }

        self.init(
            file: file, harbor: harbor, database: database, storage: storage, pins: pins, files: files, vaults: vaults,
            objectives: objectives, jobs: jobs, listen: listen, history: history, textfile: textfile,
            stateDirectory: stateDirectory ?? ownState ?? Self.defaultStateDirectory,
            controlSocket: socket)
        let given = GivenSections(
            harbor: reader.has("harbor"), database: reader.has("database"), storage: reader.has("storage"), pins: reader.has("pins"),
            vaults: vaultNames,
            jobs: jobNames)
        SectionChecks(configuration: self, given: given, problems: problems).run()
    }

    /// Reads a mapping whose keys are names.
    static func named<Value>(_ reader: SectionReader?, _ make: (SectionReader, SourceEntry) -> Value?) -> [Value] {
        guard let reader else { return [] }
        return reader.names.compactMap { entry in
            guard hasSafeName(entry, in: reader), let node = reader.node(entry.key) else { return nil }
            return SectionReader(node, path: reader.path(of: entry.key), problems: reader.problems).flatMap { make($0, entry) }
        }
    }

    /// Whether the key of `entry` may be a name; where it may not, that is reported.
    static func hasSafeName(_ entry: SourceEntry, in reader: SectionReader) -> Bool {
        do throws(MalformedValue) {
            _ = try PlainValues.safeName(entry.key)
            return true
        } catch {
            reader.problems.report(entry.place, "'\(reader.path)': \(SourceText.quoted(entry.key)) \(error.what)", hint: error.hint)
            return false
        }
    }

    private static func history(_ reader: SectionReader) -> HistoryLimits {
        let standard = HistoryLimits()
        let age = reader.value("age", DurationText.parsePositive) ?? standard.age
        let runs = reader.value("runs", PlainValues.number(100...10_000_000)) ?? standard.runs
        reader.finish()
        return HistoryLimits(age: age, runs: runs)
    }

    /// The collector reads no other names, and temporary ones must not be among them.
    private static func textfile(_ text: String) throws(MalformedValue) -> FilePath {
        let path = try PlainValues.absolutePath(text)
        guard path.extension == "prom" else { throw MalformedValue("must end in .prom", hint: "node_exporter reads no other files") }
        return path
    }

    /// The kernel keeps 108 bytes for the name of a socket, with a zero at its end.
    private static func socketPath(_ text: String) throws(MalformedValue) -> FilePath {
        let path = try PlainValues.absolutePath(text)
        guard text.utf8.count <= 107 else { throw MalformedValue("is too long for a socket", hint: "107 bytes at most") }
        return path
    }
}
