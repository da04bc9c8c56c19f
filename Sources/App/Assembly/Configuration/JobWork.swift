import Foundation
package import JobEngine
package import Retention
package import SystemPackage
package import Upkeep

/// What a job does, with the options that only its kind has.
package enum JobWork: Equatable, Sendable {
    /// What a backup leaves out.
    package enum BackupScope: Hashable, Sendable {
        /// Nothing.
        case full
        /// The file sets, and the scan results unless told otherwise.
        case database(includingScanTables: Bool)
    }

    /// Where a drill restores to.
    package enum Staging: Hashable, Sendable {
        /// Servers that opsd starts itself, with their data below this folder; nil is the state directory.
        case embedded(FilePath?)
    }

    /// How much of a vault one run reads, the oldest-verified first: a part of `whole`.
    package struct Share: Hashable, Sendable, CustomStringConvertible {
        /// From 1 to `whole`.
        package let part: Int
        /// At least 1.
        package let whole: Int

        /// Makes a share.
        package init(part: Int, whole: Int) {
            self.part = part
            self.whole = whole
        }

        /// As the configuration writes it.
        package var description: String { "\(part)/\(whole)" }
    }

    case backup(BackupScope)
    case restoreDrill(Staging)
    case rescan(RescanSettings)
    case retention(RetentionSettings)
    case gc(CollectionSettings)
    /// Asks the registry for every pinned image.
    case pinCheck
    case verify(Share)
    case prune
    /// Signatures, chains, presence and sizes; `reading` also hashes every object.
    case audit(reading: Bool)

    /// The kind whose options these are.
    package var kind: JobKind {
        switch self {
        case .backup: .backup
        case .restoreDrill: .restoreDrill
        case .rescan: .rescan
        case .retention: .retention
        case .gc: .gc
        case .pinCheck: .pinCheck
        case .verify: .verify
        case .prune: .prune
        case .audit: .audit
        }
    }
}

extension JobWork {
    /// The keys that each kind has beside the common ones.
    static func ownKeys(of kind: JobKind) -> [String] {
        switch kind {
        case .backup: ["vault", "scope", "scan_tables"]
        case .restoreDrill: ["vault", "staging"]
        case .verify: ["vault", "share"]
        case .audit: ["vault", "read"]
        case .retention: ["vault"] + RetentionSettings.keys
        case .gc: ["vault"] + CollectionSettings.keys
        case .rescan: RescanSettings.keys
        case .prune: ["vault"]
        case .pinCheck: []
        }
    }

    /// Reads the options of `kind`. A day without a time begins in `timezone`.
    init(_ kind: JobKind, _ reader: SectionReader, timezone: TimeZone) {
        switch kind {
        case .backup: self = .backup(Self.scope(reader))
        case .restoreDrill: self = .restoreDrill(Self.staging(reader))
        case .rescan: self = .rescan(RescanSettings(reader))
        case .retention: self = .retention(RetentionSettings(reader, timezone: timezone))
        case .gc: self = .gc(CollectionSettings(reader))
        case .pinCheck: self = .pinCheck
        case .verify: self = .verify(reader.value("share", Share.init(parsing:)) ?? Share(part: 1, whole: 1))
        case .prune: self = .prune
        case .audit: self = .audit(reading: reader.value("read", PlainValues.boolean) ?? false)
        }
    }

    private enum ScopeName: String, CaseIterable { case full, database }
    private enum ScanTables: String, CaseIterable { case include, exclude }
    private enum StagingName: String, CaseIterable { case embedded }

    private static func scope(_ reader: SectionReader) -> BackupScope {
        let scope = reader.value("scope", PlainValues.oneOf(ScopeName.self)) ?? .full
        let tables = reader.value("scan_tables", PlainValues.oneOf(ScanTables.self)) ?? .include
        switch scope {
        case .database: return .database(includingScanTables: tables == .include)
        case .full:
            if tables == .exclude {
                reader.problems.report(
                    at: reader.path(of: "scan_tables"),
                    "'\(reader.path).scan_tables': only a backup with 'scope: database' may leave the scan tables out",
                    hint: "without them Harbor's pull gate would stay shut after a restore until everything is scanned again")
            }
            return .full
        }
    }

    private static func staging(_ reader: SectionReader) -> Staging {
        guard let node = reader.node("staging") else { return .embedded(nil) }
        if case .mapping = node.value, let section = SectionReader(node, path: reader.path(of: "staging"), problems: reader.problems) {
            let folder = section.required("embedded", PlainValues.absolutePath)
            section.finish()
            return .embedded(folder)
        }
        // Only the word `embedded` passes.
        _ = reader.value("staging", PlainValues.oneOf(StagingName.self))
        return .embedded(nil)
    }
}

extension JobWork.Share {
    init(parsing text: String) throws(MalformedValue) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let part = parts[0], let whole = parts[1], part > 0, whole >= part, whole <= 10_000 else {
            throw MalformedValue("is not a share", hint: "write it as 1/7 to read a seventh with each run")
        }
        self.init(part: part, whole: whole)
    }
}
