import HarborAPI

/// Critical and high findings of a report that an earlier one did not have.
struct NewFindings: Sendable, Equatable {
    private(set) var critical = 0
    private(set) var high = 0
    /// Those of both that have a fix.
    private(set) var fixable = 0
    /// The first critical ones, then high ones, with their packages.
    private(set) var names: [String] = []

    /// Findings that are named.
    private static let named = 5

    /// Compares two reports. A weakness in two packages counts twice, since it is mended twice.
    init(in report: VulnerabilityReport, since earlier: [VulnerabilityReport.Finding]) {
        let known = Set(earlier.map(Weakness.init))
        var seen: Set<Weakness> = []
        let new = report.findings.filter { finding in
            finding.severity >= .high && !known.contains(Weakness(finding)) && seen.insert(Weakness(finding)).inserted
        }
        critical = new.count { $0.severity == .critical }
        high = new.count - critical
        fixable = new.count { $0.fixVersion != nil }
        names = new.sorted { ($0.severity, $1.id) > ($1.severity, $0.id) }.prefix(Self.named).map { finding in
            "\(Self.short(finding.id)) in \(Self.short(finding.package))\(finding.fixVersion.map { ", fixed in \(Self.short($0))" } ?? "")"
        }
    }

    private struct Weakness: Hashable {
        let id: String
        let package: String

        init(_ finding: VulnerabilityReport.Finding) { (id, package) = (finding.id, finding.package) }
    }

    /// A scanner's words are of any length.
    private static func short(_ text: String) -> String {
        String(text.prefix(60).map { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } == true ? "?" : $0 })
    }
}
