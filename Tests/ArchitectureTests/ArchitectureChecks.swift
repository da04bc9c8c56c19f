/// Each check answers with a sentence for every violation, in the order of the paths.
enum ArchitectureChecks {
    /// Imports that the table does not have, modules that it does not know, modules in another ring.
    static func arrows(_ tree: ProjectTree, rules: [ModuleRule] = ArrowTable.rules) -> [String] {
        let table = Dictionary(rules.map { ($0.name, $0) }) { first, _ in first }
        return sources(tree).flatMap { path, text -> [String] in
            guard let (ring, module) = ProjectTree.place(of: path) else {
                return ["\(path) belongs to no module: Sources/<ring>/<module>/"]
            }
            guard let rule = table[module] else { return ["\(path): module \(module) is not in the arrow table"] }
            guard rule.ring == ring else { return ["\(path): module \(module) belongs to the ring \(rule.ring)"] }
            return text.imports.filter { !rule.allowed.contains($0.module) }.map {
                "\(path):\($0.line): \(module) must not import \($0.module)"
            }
        }
    }

    /// Imports of what one module alone may import.
    static func exclusiveImports(_ tree: ProjectTree) -> [String] {
        sources(tree).flatMap { path, text -> [String] in
            let module = ProjectTree.place(of: path)?.module ?? ""
            return text.imports.compactMap { found in
                guard let owners = ArrowTable.exclusive[found.module], !owners.contains(module) else { return nil }
                return "\(path):\(found.line): only \(owners.sorted().joined(separator: " and ")) may import \(found.module)"
            }
        }
    }

    /// Words in places where they must not stand.
    static func words(_ tree: ProjectTree, rules: [WordRule] = WordRule.all) throws -> [String] {
        var found: [String] = []
        for rule in rules {
            let pattern = try rule.compiled()
            for (path, text) in tree.files.sorted(by: { $0.key < $1.key })
            where rule.scope.contains(where: path.hasPrefix) && !rule.exceptions.contains(where: path.hasPrefix) {
                guard text.code.contains(pattern) else { continue }
                for (number, line) in text.lines.enumerated() {
                    guard let match = line.firstMatch(of: pattern) else { continue }
                    found.append("\(path):\(number + 1): '\(line[match.range])' must not stand here: \(rule.reason)")
                }
            }
        }
        return found
    }

    /// Exceptions that excuse nothing any more.
    static func staleExceptions(_ tree: ProjectTree, rules: [WordRule] = WordRule.all) throws -> [String] {
        var stale: [String] = []
        for rule in rules {
            let pattern = try rule.compiled()
            stale += rule.exceptions.filter { exception in
                exception.hasSuffix(".swift") && tree.files[exception]?.code.contains(pattern) != true
            }
        }
        return stale.map { "\($0) no longer needs its exception" }
    }

    /// Modules without a page of documentation.
    static func pages(_ tree: ProjectTree) -> [String] {
        Set(sources(tree).compactMap { path, _ in ProjectTree.place(of: path).map { "\($0.ring)/\($0.module)" } }).sorted().compactMap {
            module in
            let name = module.split(separator: "/").last.map(String.init) ?? module
            let page = "Sources/\(module)/\(name).docc/\(name).md"
            return ArrowTable.withoutPage.contains(name) || tree.pages.contains(page) ? nil : "\(page) is missing"
        }
    }

    /// Differences between the package manifest and the table, both ways, and dependencies that no file imports.
    static func manifest(_ tree: ProjectTree, rules: [ModuleRule] = ArrowTable.rules) -> [String] {
        let targets = PackageManifest(tree.manifest).targets
        let table = Dictionary(rules.map { ($0.name, $0) }) { first, _ in first }
        return Set(targets.keys).union(table.keys).sorted().flatMap { name -> [String] in
            guard let target = targets[name] else { return ["Package.swift lacks the target \(name)"] }
            guard let rule = table[name] else { return ["the arrow table lacks the module \(name)"] }
            let imported = Set(
                tree.files.filter { ProjectTree.place(of: $0.key)?.module == name }.values.flatMap { $0.imports.map(\.module) }
            )
            return (target.ring == rule.ring ? [] : ["\(name) is in \(target.ring), by the table in \(rule.ring)"])
                + target.dependencies.subtracting(rule.dependencies).sorted().map {
                    "Package.swift lets \(name) depend on \($0), the table does not"
                }
                + rule.dependencies.subtracting(target.dependencies).sorted().map {
                    "the table lets \(name) import \($0), Package.swift does not"
                }
                + target.dependencies.subtracting(imported).sorted().map { "\(name) depends on \($0), which none of its files imports" }
        }
    }

    /// Names at the top of the project that do not belong there.
    static func topLevel(_ tree: ProjectTree) -> [String] {
        tree.topLevel.subtracting(ArrowTable.topLevel).sorted().map { "'\($0)' does not belong at the top of the project" }
    }

    private static func sources(_ tree: ProjectTree) -> [(path: String, text: SourceText)] {
        tree.files.filter { $0.key.hasPrefix("Sources/") }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
