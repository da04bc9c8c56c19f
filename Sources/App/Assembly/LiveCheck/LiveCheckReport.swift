/// What `opsd check-config --live` found out, in a fixed order.
package struct LiveCheckReport: Sendable, Equatable, Encodable {
    /// Every check that was made or skipped.
    package let checks: [LiveCheck]

    /// A report of these checks.
    package init(checks: [LiveCheck]) { self.checks = checks }

    /// What went wrong, each kind once.
    package var failures: Set<LiveCheck.Failure> {
        Set(
            checks.compactMap { check in
                guard case .failed(let failure, _) = check.result else { return nil }
                return failure
            })
    }

    /// What the command exits with: 0 where nothing failed, otherwise that of the worst failure.
    ///
    /// A configuration (78) stays wrong until somebody mends it; damage (1) was met, whatever else could not be reached; what is out of
    /// reach (69) may come back by itself.
    package var exitCode: Int32 {
        let failures = failures
        if failures.contains(.configuration) { return 78 }
        if failures.contains(.damaged) { return 1 }
        return failures.contains(.unreachable) ? 69 : 0
    }
}
