/// One vulnerability in one package.
package struct ScanFinding: Hashable, Sendable {
    /// How bad it is, as Harbor spells it.
    package enum Severity: String, CaseIterable, Comparable, Sendable {
        case none = "None"
        case unknown = "Unknown"
        case negligible = "Negligible"
        case low = "Low"
        case medium = "Medium"
        case high = "High"
        case critical = "Critical"

        /// From `none` to `critical`.
        package static func < (left: Severity, right: Severity) -> Bool {
            guard let first = allCases.firstIndex(of: left), let second = allCases.firstIndex(of: right) else { return false }
            return first < second
        }
    }

    /// Such as `CVE-2023-4911`.
    package let identifier: String
    /// The package's name.
    package let package: String
    /// The version that is there.
    package let version: String
    /// The version that mends it; empty when there is none.
    package let fixedVersion: String
    /// How bad it is.
    package let severity: Severity
    /// From 0 to 10.
    package let score: Double

    /// One vulnerability.
    package init(
        _ identifier: String, package: String, version: String = "1.0", fixedVersion: String = "", severity: Severity, score: Double = 5
    ) {
        self.identifier = identifier
        self.package = package
        self.version = version
        self.fixedVersion = fixedVersion
        self.severity = severity
        self.score = score
    }
}
