import Testing

@Suite("The project keeps its architecture")
struct ArchitectureTests {
    private let tree: ProjectTree

    init() throws {
        tree = try ProjectTree.own.get()
    }

    @Test("the files are found")
    func found() {
        #expect(tree.files.count > 50)
        #expect(tree.files["Tests/ArchitectureTests/ArchitectureTests.swift"] != nil)
        #expect(tree.manifest.contains("swift-tools-version"))
    }

    @Test("each module imports only what the arrow table allows")
    func arrows() {
        #expect(ArchitectureChecks.arrows(tree) == [])
    }

    @Test("C libraries, the argument parser, YAML and SQLite have one door each")
    func exclusiveImports() {
        #expect(ArchitectureChecks.exclusiveImports(tree) == [])
    }

    @Test("clocks, programs, files and traps stand only where they may")
    func words() throws {
        let found = try ArchitectureChecks.words(tree)
        #expect(found == [])
    }

    @Test("no exception outlives its reason")
    func staleExceptions() throws {
        let stale = try ArchitectureChecks.staleExceptions(tree)
        #expect(stale == [])
    }

    @Test("each module has a page")
    func pages() {
        #expect(ArchitectureChecks.pages(tree) == [])
    }

    @Test("the package manifest and the arrow table agree, and each dependency is used")
    func manifest() {
        #expect(ArchitectureChecks.manifest(tree) == [])
    }

    @Test("nothing unexpected stands at the top of the project")
    func topLevel() {
        #expect(ArchitectureChecks.topLevel(tree) == [])
    }

    @Test("an arrow that goes upward has no place in the table")
    func rings() {
        let order = ["System", "Formats", "Adapters", "Registry", "Vault", "Operations", "App"]
        let ring = Dictionary(uniqueKeysWithValues: ArrowTable.rules.map { ($0.name, $0.ring) })
        for rule in ArrowTable.rules {
            let own = order.firstIndex(of: rule.ring)
            #expect(own != nil, "\(rule.name)")
            for arrow in rule.arrows {
                let target = arrow.target.hasPrefix("CL") ? 0 : order.firstIndex(of: ring[arrow.target] ?? "")
                #expect((target ?? 99) <= (own ?? -1), "\(rule.name) -> \(arrow.target)")
                if let reason = arrow.reason { #expect(reason.count > 15) }
            }
        }
        for rule in ArrowTable.rules where rule.ring == "Formats" {
            #expect(rule.arrows.isEmpty && !rule.toolchain.contains("Glibc"), "\(rule.name)")
        }
    }

    @Test("the arrows make no circle")
    func circles() {
        var rest = Dictionary(uniqueKeysWithValues: ArrowTable.rules.map { ($0.name, Set($0.arrows.map(\.target))) })
        while let free = rest.first(where: { $0.value.isDisjoint(with: rest.keys) }) { rest[free.key] = nil }
        #expect(rest.keys.sorted() == [])
    }
}

@Suite("The architecture checks find what is wrong")
struct ArchitectureChecksTests {
    private func tree(_ path: String, _ text: String) -> ProjectTree {
        var tree = ProjectTree()
        tree.files[path] = SourceText(text)
        return tree
    }

    @Test(
        "an import that is not allowed",
        arguments: [
            ("Sources/Formats/OCIImage/X.swift", "import Foundation"), ("Sources/Formats/OCIImage/X.swift", "import Glibc"),
            ("Sources/Formats/OCIImage/X.swift", "import Crypto\n\nimport struct LocalIO.Folder"),
            ("Sources/Registry/RegistryStorage/X.swift", "package import Postgres"),
            ("Sources/Vault/Vault/A/B.swift", "internal import Jobs"),
            ("Sources/Operations/JobEngine/X.swift", "@preconcurrency import Vault"),
            ("Sources/Operations/Jobs/X.swift", "@testable import Assembly"),
            ("Sources/App/opsd/X.swift", "import Commands; import Vault"), ("Sources/App/New/X.swift", "import Commands"),
            ("Sources/Vault/OCIImage/X.swift", ""), ("Sources/X.swift", ""),
        ])
    func arrows(_ path: String, _ text: String) {
        let found = ArchitectureChecks.arrows(tree(path, text))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(path) == true)
    }

    @Test("imports in comments and strings are none, allowed ones pass")
    func soundImports() {
        let text = """
            // import Postgres
            /* import Jobs
            import Vault */
            /// import Glibc
            internal import Crypto
            let text = "import Postgres"
            """
        #expect(ArchitectureChecks.arrows(tree("Sources/Formats/OCIImage/X.swift", text)) == [])
        #expect(SourceText(text).imports.map(\.module) == ["Crypto"])
        #expect(SourceText(text).imports.map(\.line) == [5])
    }

    @Test(
        "a second importer of what has one",
        arguments: [
            ("CLibpq", "Registry/DatabaseDump"), ("CLibarchive", "Vault/Vault"), ("CLinux", "Adapters/Archive"),
            ("ArgumentParser", "App/Assembly"),
            ("Yams", "App/Commands"), ("GRDB", "Operations/Jobs"),
        ])
    func exclusive(_ module: String, _ place: String) {
        #expect(ArchitectureChecks.exclusiveImports(tree("Sources/\(place)/X.swift", "internal import \(module)")).count == 1)
    }

    @Test(
        "a word where it must not stand",
        arguments: [
            ("Sources/Vault/Vault/X.swift", "let now = Date()"), ("Sources/Vault/Vault/X.swift", "let now: Date = Date.now"),
            ("Sources/Operations/Jobs/X.swift", "try await Task.sleep(for: .seconds(1))"),
            ("Sources/Operations/JobEngine/X.swift", "ContinuousClock.now"), ("Sources/App/Commands/X.swift", "let program = Process()"),
            ("Sources/Formats/OCIImage/X.swift", "FileManager.default"),
            ("Sources/Formats/AgeEncryption/X.swift", "try Data(contentsOf: url)"),
            ("Sources/Formats/AgeEncryption/X.swift", "let fd = open(path, O_RDONLY)"),
            ("Sources/App/Commands/X.swift", "@_exported import Jobs"),
            ("Sources/Vault/Vault/X.swift", "fatalError(\"no\")"),
        ])
    func words(_ path: String, _ text: String) throws {
        #expect(try ArchitectureChecks.words(tree(path, "\n\(text)\n")).count == 1)
        #expect(try ArchitectureChecks.words(tree(path, "// \(text)\n")) == [])
        #expect(try ArchitectureChecks.words(tree(path, "let text = \"\(text.replacing("\"", with: ""))\"")) == [])
    }

    @Test("code is told from comments and strings of every kind, and lines keep their numbers")
    func sourceText() {
        let text = ##"""
            a /* b
            c */ d // e "f
            let g = "h \" i // j" ; k
            let l = #"m " \ n"# ; o
            let p = """
                q " r
                """ ; s
            let t = "\(u)" ; v
            """##
        #expect(SourceText(text).code == "a \n d \nlet g = \"\" ; k\nlet l = \"\" ; o\nlet p = \"\"\n\n ; s\nlet t = \"\" ; v")
    }

    @Test("harmless neighbours of such words pass")
    func harmless() throws {
        let text =
            "buffer.append(contentsOf: bytes)\nlet date = Date(timeIntervalSince1970: 0)\nfile.reopen()\nlet clock: any Clock<Duration>"
        #expect(try ArchitectureChecks.words(tree("Sources/Formats/OCIImage/X.swift", text)) == [])
        #expect(try ArchitectureChecks.words(tree("Sources/Adapters/Archive/X.swift", "let program = Process()")) == [])
    }

    @Test("an exception that excuses nothing")
    func stale() throws {
        let path = WordRule.clocks.exceptions[0]
        #expect(try ArchitectureChecks.staleExceptions(tree(path, "let x = 1"), rules: [.clocks]).count == WordRule.clocks.exceptions.count)
        #expect(
            try ArchitectureChecks.staleExceptions(tree(path, "Date()"), rules: [.clocks]).count == WordRule.clocks.exceptions.count - 1)
    }

    @Test("a module without a page")
    func pages() {
        var sample = tree("Sources/Vault/Vault/X.swift", "")
        #expect(ArchitectureChecks.pages(sample) == ["Sources/Vault/Vault/Vault.docc/Vault.md is missing"])
        sample.pages = ["Sources/Vault/Vault/Vault.docc/Vault.md"]
        #expect(ArchitectureChecks.pages(sample) == [])
    }

    @Test("a manifest that says something else than the table")
    func manifest() {
        let rules = [
            ModuleRule("Formats", "A", [], packages: ["Crypto"]), ModuleRule("Vault", "B", ["A"]), ModuleRule("App", "tool", ["B"]),
        ]
        var sample = ProjectTree()
        for (module, imported) in ["Formats/A": "Crypto", "Vault/B": "A", "App/tool": "B"] {
            sample.files["Sources/\(module)/X.swift"] = SourceText("import \(imported)")
        }
        sample.manifest = """
            let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
            ring("Formats", "A", [crypto]),
            ring(
                "Vault", "B",
                [
                    "A",
                ]),
            .executableTarget(name: "tool", dependencies: ["B"], path: "Sources/App/tool", swiftSettings: strict),
            """
        #expect(ArchitectureChecks.manifest(sample, rules: rules) == [])
        let sound = sample.manifest
        for (old, new, count) in [
            ("[crypto]", "[]", 1), ("[crypto]", "[crypto, other]", 2), ("\"Formats\", \"A\"", "\"Vault\", \"A\"", 1),
            ("ring(\"Formats\", \"A\"", "x(", 1),
            ("\"A\",\n", "\"A\", \"C\"\n", 2), ("[\"B\"]", "[]", 1),
        ] {
            sample.manifest = sound.replacing(old, with: new)
            #expect(ArchitectureChecks.manifest(sample, rules: rules).count == count, "\(old) -> \(new)")
        }
        sample.manifest = sound + "ring(\"App\", \"New\", [])"
        #expect(ArchitectureChecks.manifest(sample, rules: rules) == ["the arrow table lacks the module New"])
    }

    @Test("a stray file at the top")
    func topLevel() {
        var sample = ProjectTree()
        sample.topLevel = ["Package.swift", "Sources", "notes.txt"]
        #expect(ArchitectureChecks.topLevel(sample) == ["'notes.txt' does not belong at the top of the project"])
    }
}
