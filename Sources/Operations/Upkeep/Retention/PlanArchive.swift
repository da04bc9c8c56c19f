import Foundation
import LocalIO
package import SystemPackage

/// The folder `plans` of the state directory: plans, approvals of them, and the journals of what was removed by them.
package struct PlanArchive: Sendable {
    /// Hexadecimal digits of a plan's hash in names and commands.
    package static let shortLength = 16
    /// Plans that were neither approved nor carried out: more than these are removed, the oldest first.
    static let plans = 20
    /// How long what was approved or carried out is kept, in seconds.
    static let keptFor: TimeInterval = 400 * 86_400
    /// An approval ends after this at the latest, in seconds.
    static let approvalLimit: TimeInterval = 24 * 3600
    private static let prefix = "retention-"
    private static let planSuffix = ".jsonl"
    private static let approvalSuffix = ".approved"
    private static let journalSuffix = ".applied"

    /// Where it is.
    package let folder: FilePath

    /// The archive below `stateDirectory`; the folder is made by the first plan.
    package init(stateDirectory: FilePath) { folder = stateDirectory.appending("plans") }

    static func planPath(_ hash: String, in folder: FilePath) -> FilePath { folder.appending(stem(hash) + planSuffix) }

    /// A name that no other plan has; an unfinished one stays hidden.
    static func spoolName() -> String { ".\(prefix)\(String(UInt64.random(in: .min ... .max), radix: 16)).spool" }

    private static func stem(_ hash: String) -> String { prefix + hash.prefix(shortLength) }

    func approvalPath(_ hash: String) -> FilePath { folder.appending(Self.stem(hash) + Self.approvalSuffix) }
    func journalPath(_ hash: String) -> FilePath { folder.appending(Self.stem(hash) + Self.journalSuffix) }

    /// The plan of a hash, or of its first digits: 16, or fewer where they name one plan. Throws ``UpkeepError`` of code `notFound`, or
    /// `corrupt`.
    package func plan(_ hash: String) throws -> StoredPlan {
        let digits = hash.lowercased()
        guard digits.count >= 8, digits.allSatisfy(\.isHexDigit) else {
            throw UpkeepError(
                .notFound, "'\(hash.prefix(100))' is no hash of a plan", remedy: "name it as 'opsd retention plan' printed it")
        }
        let wanted = Self.stem(digits)
        let found = try stems(Self.planSuffix).filter { $0.hasPrefix(wanted) }
        guard let stem = found.first, found.count == 1 else {
            throw UpkeepError(
                .notFound, "\(found.count) plans begin with \(digits)",
                remedy: found.isEmpty ? "make one with 'opsd retention plan'" : "give more digits")
        }
        let plan = try StoredPlan(reading: folder.appending(stem + Self.planSuffix))
        guard plan.hash.hasPrefix(digits) else {
            throw UpkeepError(.notFound, "plan \(plan.hash) only begins like \(digits)", remedy: "check the hash, or make a new plan")
        }
        return plan
    }

    /// The hashes' first digits of all plans, the newest first.
    package func newest() throws -> [String] {
        try stems(Self.planSuffix).map { (stem: $0, age: try FileStatus.modified(folder.appending($0 + Self.planSuffix))) }
            .sorted { ($0.age, $0.stem) > ($1.age, $1.stem) }.map { String($0.stem.dropFirst(Self.prefix.count)) }
    }

    private func stems(_ suffix: String) throws(LocalIOError) -> [String] {
        guard Folder.exists(folder) else { return [] }
        return try Folder.names(folder).filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(suffix) }
            .map { String($0.dropLast(suffix.count)) }.sorted()
    }

    // MARK: - Approvals

    /// Every approval, by plan.
    func approvals() throws -> [PlanApproval] {
        try stems(Self.approvalSuffix).map { try PlanApproval(reading: folder.appending($0 + Self.approvalSuffix)) }
    }

    /// Writes an approval, replacing an earlier one of the plan; durable when it returns.
    func write(_ approval: PlanApproval) throws {
        try Folder.make(folder)
        try DurableFile.write(try approval.encoded(), to: approvalPath(approval.plan), replacing: true)
    }

    // MARK: - Age

    /// Removes what has become too old at `now`, and spools that nobody finished.
    func prune(now: Date) throws {
        guard Folder.exists(folder) else { return }
        let approved = try stems(Self.approvalSuffix)
        let applied = try stems(Self.journalSuffix)
        let lasting = Set(approved + applied)
        for stem in lasting {
            let files = [Self.planSuffix, Self.approvalSuffix, Self.journalSuffix].map { folder.appending(stem + $0) }
            let ages = files.compactMap { try? FileStatus.modified($0) }  // a file that is not there has no age
            guard let newest = ages.max(), now.timeIntervalSince1970 - newest > Self.keptFor else { continue }
            for file in files { try DurableFile.remove(file) }
        }
        let others = try newest().map { Self.prefix + $0 }.filter { !lasting.contains($0) }
        for stem in others.dropFirst(Self.plans) { try DurableFile.remove(folder.appending(stem + Self.planSuffix)) }
        for name in try Folder.names(folder) where name.hasPrefix(".\(Self.prefix)") {
            let file = folder.appending(name)
            let written = try? FileStatus.modified(file)  // whoever wrote it may just have removed it
            guard let written, now.timeIntervalSince1970 - written > 86_400 else { continue }
            try DurableFile.remove(file)
        }
    }
}
