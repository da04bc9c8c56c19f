internal import JobEngine
internal import SystemPackage

/// Which sections and names the file gives, whether or not they could be read: a wrong vault is not an unknown one.
struct GivenSections {
    let harbor: Bool
    let database: Bool
    let storage: Bool
    let pins: Bool
    let vaults: [String]
    let jobs: [String]
}

/// What sections say of each other.
struct SectionChecks {
    let configuration: Configuration
    let given: GivenSections
    let problems: ProblemCollector

    func run() {
        checkVaultNames()
        checkWriters()
        for job in configuration.jobs { check(job) }
        checkCycles()
        checkFolders()
    }

    // MARK: Names

    private func checkVaultNames() {
        for set in configuration.files { checkVault(set.vault, at: "files.\(set.name)") }
        for job in configuration.jobs where JobWork.ownKeys(of: job.kind).contains("vault") {
            checkVault(job.vault, at: "jobs.\(job.name)")
        }
    }

    private func checkVault(_ name: String?, at path: String) {
        // Without any vault there is one problem, not one for each user of it.
        if given.vaults.isEmpty { return }
        guard let name else {
            if Configuration.defaultVault(among: given.vaults) == nil {
                problems.report(
                    at: path, "'\(path)' names no vault, and there are several",
                    hint: "add 'vault:' with one of \(given.vaults.joined(separator: ", "))")
            }
            return
        }
        guard !given.vaults.contains(name) else { return }
        problems.report(
            at: "\(path).vault", "'\(path).vault': no vault is named \(SourceText.quoted(name))",
            hint: NearestName.hint(for: name, among: given.vaults))
    }

    // MARK: Keys

    /// Each vault that a backup writes needs recipients and a signing key.
    private func checkWriters() {
        let backups = configuration.jobs.filter { $0.kind == .backup }
        guard !backups.isEmpty else { return }
        let written = Set(backups.compactMap(\.vault) + configuration.files.compactMap(\.vault))
        for vault in configuration.vaults where written.contains(vault.name) {
            let path = "vaults.\(vault.name)"
            if vault.recipients.isEmpty {
                problems.report(
                    at: "\(path).recipients", "'\(path)' is written by backups and has no 'recipients'",
                    hint: "make a pair with 'age-keygen' on another host and list the line that begins with age1")
            }
            if vault.signingKey == nil {
                problems.report(
                    at: path, "'\(path)' is written by backups and has no 'signing_key_file'",
                    hint: "such as \(configuration.stateDirectory)/signing-key; 'opsd vault init' makes it")
            }
        }
    }

    // MARK: Jobs

    private func check(_ job: JobSection) {
        let path = "jobs.\(job.name)"
        for section in Self.needs(of: job.kind) where !has(section) {
            problems.report(at: path, "job '\(job.name)' needs the section '\(section)'")
        }
        if let vault = job.vault.flatMap(configuration.vault(named:)), vault.identity == nil {
            switch job.kind {
            case .restoreDrill, .verify:
                problems.report(
                    at: path, "job '\(job.name)' decrypts, and 'vaults.\(vault.name)' has no 'identity_file'",
                    hint:
                        "\(job.kind.rawValue) belongs on the recovery host; 'audit' checks what needs no identity"
                )
            case .backup, .rescan, .retention, .gc, .pinCheck, .prune, .audit: break
            }
        }
        if job.requirement != nil, !JobWork.ownKeys(of: job.kind).contains("vault") {
            problems.report(at: "\(path).requires", "'\(path).requires' asks for a snapshot, and \(job.kind.rawValue) knows no vault")
        }
        for name in job.after where !given.jobs.contains(name) || name == job.name {
            problems.report(
                at: "\(path).after",
                name == job.name
                    ? "'\(path).after': the job waits for itself" : "'\(path).after': no job is named \(SourceText.quoted(name))",
                hint: name == job.name ? nil : NearestName.hint(for: name, among: given.jobs.filter { $0 != job.name }))
        }
    }

    private static func needs(of kind: JobKind) -> [String] {
        switch kind {
        case .backup: ["database", "storage"]
        case .rescan, .retention, .gc: ["harbor", "database"]
        case .pinCheck: ["harbor", "pins"]
        case .restoreDrill, .verify, .prune, .audit: []
        }
    }

    private func has(_ section: String) -> Bool {
        switch section {
        case "harbor": given.harbor
        case "database": given.database
        case "pins": given.pins
        default: given.storage
        }
    }

    /// Jobs that wait for each other would never start.
    private func checkCycles() {
        let waits = Dictionary(configuration.jobs.map { ($0.name, $0.after) }, uniquingKeysWith: { first, _ in first })
        var reported: Set<String> = []
        for job in configuration.jobs where !reported.contains(job.name) && !job.after.contains(job.name) {
            var reached: Set<String> = []
            var open = job.after
            while let name = open.popLast() {
                if reached.insert(name).inserted { open += waits[name] ?? [] }
            }
            guard reached.contains(job.name) else { continue }
            reported.formUnion(reached)
            problems.report(at: "jobs.\(job.name).after", "'jobs.\(job.name).after': the job waits for a job that waits for it")
        }
    }

    // MARK: Folders

    private struct Place {
        let name: String
        let path: FilePath
    }

    /// No folder may lie in another that is backed up into it, overwritten or restored over it.
    private func checkFolders() {
        let vaults = configuration.vaults.map { vault in
            switch vault.target {
            case .filesystem(let path): Place(name: "vaults.\(vault.name).target.filesystem", path: path)
            }
        }
        for (index, vault) in vaults.enumerated() {
            for other in vaults[..<index] {
                if vault.path == other.path {
                    report(vault, "is the folder of '\(other.name)' too", hint: "each vault needs a folder of its own")
                } else {
                    reportNesting(vault, other)
                }
            }
            if let storage = configuration.storage { reportNesting(vault, Place(name: "storage.filesystem", path: storage.filesystem)) }
            if configuration.stateDirectory.starts(with: vault.path) {
                report(
                    Place(name: "state_directory", path: configuration.stateDirectory), "lies in '\(vault.name)'",
                    hint: "a vault holds backups alone; whoever restores must not need this host's state")
            }
            for set in configuration.files {
                for path in set.paths where vault.path.starts(with: path) || path.starts(with: vault.path) {
                    report(
                        Place(name: "files.\(set.name).paths", path: path),
                        "holds or lies in '\(vault.name)': the backup would grow by itself")
                }
            }
            for job in configuration.jobs {
                guard case .restoreDrill(.embedded(let folder?)) = job.work else { continue }
                reportNesting(Place(name: "jobs.\(job.name).staging.embedded", path: folder), vault)
            }
        }
    }

    private func reportNesting(_ one: Place, _ other: Place) {
        if one.path.starts(with: other.path) {
            report(one, "lies in '\(other.name)'", hint: "neither may contain the other")
        } else if other.path.starts(with: one.path) {
            report(one, "contains '\(other.name)'", hint: "neither may contain the other")
        }
    }

    private func report(_ place: Place, _ what: String, hint: String? = nil) {
        problems.report(at: place.name, "'\(place.name)': \(place.path) \(what)", hint: hint)
    }
}
