package import JobEngine
internal import LocalIO
package import Retention
package import SystemPackage

/// Everything that `opsd.yaml` says, checked as far as that is possible without touching what it names.
package struct Configuration: Sendable {
    /// The file that it was read from.
    package let file: String
    /// Absent on a host without Harbor's API.
    package let harbor: HarborSection?
    /// Absent on a host without Harbor's database.
    package let database: DatabaseSection?
    /// Absent on a host without the registry's blobs.
    package let storage: StorageSection?
    /// Where the list of running images comes from; nil where nobody tells.
    package let pins: PinSettings?
    /// In the order of the file.
    package let files: [FileSetSection]
    /// In the order of the file; at least one.
    package let vaults: [VaultSection]
    /// What was promised; without the section, nothing.
    package let objectives: Objectives
    /// In the order of the file.
    package let jobs: [JobSection]
    /// Where metrics and health are served.
    package let listen: ListenSection
    /// Which runs the journal keeps.
    package let history: HistoryLimits
    /// A file for node_exporter's textfile collector; nil writes none.
    package let textfile: FilePath?
    /// Where opsd keeps its journal, catalog and locks.
    package let stateDirectory: FilePath
    /// The unix socket between daemon and commands.
    package let controlSocket: FilePath

    /// Where the configuration is looked for unless `--config` names another file.
    package static let defaultPath: FilePath = "/etc/opsd/opsd.yaml"
    /// Where opsd keeps its state unless told otherwise.
    package static let defaultStateDirectory: FilePath = "/var/lib/opsd"
    /// Where the daemon listens for commands unless told otherwise.
    package static let defaultControlSocket: FilePath = "/run/opsd/control.sock"

    /// Makes a configuration of sections that were checked elsewhere.
    package init(
        file: String, harbor: HarborSection? = nil, database: DatabaseSection? = nil, storage: StorageSection? = nil,
        pins: PinSettings? = nil, files: [FileSetSection] = [], vaults: [VaultSection], objectives: Objectives = Objectives(),
        jobs: [JobSection] = [], listen: ListenSection = .standard, history: HistoryLimits = HistoryLimits(), textfile: FilePath? = nil,
        stateDirectory: FilePath = Self.defaultStateDirectory, controlSocket: FilePath = Self.defaultControlSocket
    ) {
        self.file = file
        self.harbor = harbor
        self.database = database
        self.storage = storage
        self.pins = pins
        self.files = files
        self.vaults = vaults
        self.objectives = objectives
        self.jobs = jobs
        self.listen = listen
        self.history = history
        self.textfile = textfile
        self.stateDirectory = stateDirectory
        self.controlSocket = controlSocket
    }

    /// Larger files are no configuration.
    static let sizeLimit = 1 << 20

    /// Reads and checks the file at `path`; `stateDirectory` replaces the one that it names.
    ///
    /// Throws ``ConfigurationError`` with every problem of the file.
    package static func load(path: FilePath, stateDirectory: FilePath? = nil) throws -> Configuration {
        try parse(try text(of: path, limit: sizeLimit), file: path.string, stateDirectory: stateDirectory)
    }

    /// The text of a small file, which must be UTF-8. Throws ``ConfigurationError``.
    static func text(of path: FilePath, limit: Int) throws -> String {
        let bytes: [UInt8]
        do {
            bytes = try FileReader.contents(of: path, limit: limit)
        } catch {
            let hint: String? = error.code == .notFound ? "name another file with --config" : nil
            throw ConfigurationError(
                .unreadable, [ConfigurationProblem(file: path.string, what: "cannot be read: \(error.errno)", hint: hint)])
        }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let wrong = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw ConfigurationError(
            .syntax, [ConfigurationProblem(file: path.string, line: wrong + 1, column: 1, what: "the line is not UTF-8 text")])
    }

    /// Checks `text`, which messages call `file`.
    ///
    /// Throws ``ConfigurationError`` with every problem of the text.
    package static func parse(_ text: String, file: String, stateDirectory: FilePath? = nil) throws(ConfigurationError) -> Configuration {
        let problems = ProblemCollector(SourceText(text, file: file))
        var configuration: Configuration?
        if let root = SourceNode(problems.source, problems: problems), let reader = SectionReader(root, path: "", problems: problems) {
            configuration = Configuration(reader, file: file, stateDirectory: stateDirectory)
        }
        try problems.throwIfAny()
        guard let configuration else {
            throw ConfigurationError(.invalid, [ConfigurationProblem(file: file, what: "the file is no configuration")])
        }
        return configuration
    }

    /// The vault of this name.
    package func vault(named name: String) -> VaultSection? { vaults.first { $0.name == name } }

    /// The vault that jobs and file sets use unless they name another: `main`, or the only one.
    package var defaultVault: String? { Self.defaultVault(among: vaults.map(\.name)) }

    static func defaultVault(among names: [String]) -> String? {
        names.contains("main") ? "main" : (names.count == 1 ? names.first : nil)
    }
}
