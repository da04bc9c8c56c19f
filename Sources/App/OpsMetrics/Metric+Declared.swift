extension Metric {
    // MARK: The daemon itself

    /// Always 1.
    package static let buildInfo = Metric("opsd_build_info", .info, "The version of opsd that runs here.", labels: ["version"])
    /// A time in seconds since 1970.
    package static let start = Metric("opsd_start_timestamp_seconds", .gauge, "When this opsd started.")
    /// A time in seconds since 1970.
    package static let schedulerLastTurn = Metric(
        "opsd_scheduler_last_turn_timestamp_seconds", .gauge,
        "When the scheduler last looked at all schedules.")
    /// 1 or 0.
    package static let journalWritable = Metric(
        "opsd_journal_writable", .gauge,
        "Whether the journal of runs took the last write: 1 yes, 0 no.")
    /// 1 or 0.
    package static let configLastReloadSuccessful = Metric(
        "opsd_config_last_reload_successful", .gauge,
        "Whether the configuration was valid when it was last read: 1 yes, 0 no and the one before is in force.")
    /// A time in seconds since 1970.
    package static let configLastReloadSuccess = Metric(
        "opsd_config_last_reload_success_timestamp_seconds", .gauge,
        "When the configuration that is in force was read.")

    // MARK: Jobs

    /// Always 1.
    package static let jobInfo = Metric("opsd_job_info", .info, "A configured job and its kind.", labels: ["job", "kind"])
    /// Counts runs.
    package static let jobRunsTotal = Metric(
        "opsd_job_runs_total", .counter,
        "Runs that ended, by outcome; each outcome of a job is there from the start.", labels: ["job", "outcome"])
    /// 1 or 0.
    package static let jobRunning = Metric(
        "opsd_job_running", .gauge,
        "Whether a run of the job is under way: 1 yes, 0 no.", labels: ["job"])
    /// A time in seconds since 1970.
    package static let jobKnownSince = Metric(
        "opsd_job_known_since_timestamp_seconds", .gauge,
        "When opsd first saw the job in its configuration; a restart does not change it.", labels: ["job"])
    /// A time in seconds since 1970.
    package static let jobLastStart = Metric(
        "opsd_job_last_start_timestamp_seconds", .gauge,
        "When the newest run of the job began.", labels: ["job"])
    /// A time in seconds since 1970.
    package static let jobLastSuccess = Metric(
        "opsd_job_last_success_timestamp_seconds", .gauge,
        "When the newest run with the outcome succeeded ended.", labels: ["job"])
    /// A length of time in seconds.
    package static let jobLastDuration = Metric(
        "opsd_job_last_duration_seconds", .gauge,
        "How long the newest ended run of the job took.", labels: ["job"])
    /// A time in seconds since 1970.
    package static let jobNextRun = Metric(
        "opsd_job_next_run_timestamp_seconds", .gauge,
        "When the job is due next; absent for a job without a schedule.", labels: ["job"])
    /// A length of time in seconds.
    package static let jobExpectedInterval = Metric(
        "opsd_job_expected_interval_seconds", .gauge,
        "The longest time between two runs that the schedule allows; absent for a job without a schedule.", labels: ["job"])
    /// Counts runs.
    package static let jobMissedRunsTotal = Metric(
        "opsd_job_missed_runs_total", .counter,
        "Runs that were due while opsd or its host was down and were not made up for.", labels: ["job"])
    /// 1 or 0.
    package static let jobPaused = Metric("opsd_job_paused", .gauge, "Whether somebody paused the job: 1 yes, 0 no.", labels: ["job"])
    /// 1 or 0.
    package static let jobLastResult = Metric(
        "opsd_job_last_result", .gauge,
        "How the newest run of the job that ended after it had started ended: 1 for that outcome, 0 for the others.",
        labels: ["job", "outcome"])
    /// Counts runs.
    package static let jobRefusalsTotal = Metric(
        "opsd_job_refusals_total", .counter, "Runs that a guard refused, by the guard; each reason of a job is there from the start.",
        labels: ["job", "reason"])
    /// A length of time in seconds.
    package static let jobDeadline = Metric(
        "opsd_job_deadline_seconds", .gauge, "How long a run of the job may take before it is ended.", labels: ["job"])

    // MARK: What a disaster would cost

    /// A time in seconds since 1970.
    package static let recoveryPoint = Metric(
        "opsd_recovery_point_timestamp_seconds", .gauge,
        "The time of the database snapshot in the newest complete snapshot.", labels: ["vault"])
    /// A length of time in seconds.
    package static let rpo = Metric(
        "opsd_rpo_seconds", .gauge,
        "How much time would be lost if the registry host burned down now: the age of the recovery point.", labels: ["vault"])
    /// A length of time in seconds.
    package static let rpoObjective = Metric(
        "opsd_rpo_objective_seconds", .gauge,
        "The recovery point objective that the configuration promises.")
    /// A length of time in seconds.
    package static let rto = Metric("opsd_rto_seconds", .gauge, "How long each phase of the last restore drill took.", labels: ["phase"])
    /// A length of time in seconds.
    package static let rtoObjective = Metric(
        "opsd_rto_objective_seconds", .gauge,
        "The recovery time objective that the configuration promises.")
    /// A time in seconds since 1970.
    package static let drillLastSuccess = Metric(
        "opsd_drill_last_success_timestamp_seconds", .gauge,
        "When a restore drill last succeeded.")
    /// A number of things, without unit.
    package static let unprotectedArtifacts = Metric(
        "opsd_unprotected_artifacts", .gauge,
        "Artifacts of the registry that were pushed after the newest recovery point, so that no complete snapshot has them.")
    /// A number of things, without unit.
    package static let sourceBrokenBlobs = Metric(
        "opsd_source_broken_blobs", .gauge,
        "Blobs that the registry itself had lost when they were last backed up, and that nobody has acknowledged.", labels: ["reason"])

    // MARK: Vaults

    /// A number of things, without unit.
    package static let vaultSnapshots = Metric(
        "opsd_vault_snapshots", .gauge,
        "Snapshots in the vault whose signature is trusted.", labels: ["vault"])
    /// A number of things, without unit.
    package static let vaultObjects = Metric("opsd_vault_objects", .gauge, "Objects in the vault.", labels: ["vault"])
    /// Bytes.
    package static let vaultBytes = Metric("opsd_vault_bytes", .gauge, "What the objects in the vault measure together.", labels: ["vault"])
    /// A time in seconds since 1970.
    package static let vaultOldestUnverified = Metric(
        "opsd_vault_oldest_unverified_timestamp_seconds", .gauge,
        "When the object that has waited longest was last read back and compared with its hash, or else written.", labels: ["vault"])
    /// A number of things, without unit.
    package static let vaultChainSequence = Metric(
        "opsd_vault_chain_sequence", .gauge,
        "The highest sequence of a snapshot that opsd ever saw in the vault.", labels: ["vault"])

    // MARK: The last run of each backup job

    /// A number of things, without unit.
    package static let backupNewBlobs = Metric(
        "opsd_backup_new_blobs", .gauge,
        "Blobs that the last run of the job stored.", labels: ["job"])
    /// Bytes.
    package static let backupNewBytes = Metric(
        "opsd_backup_new_bytes", .gauge,
        "What the blobs that the last run of the job stored measure together.", labels: ["job"])
    /// Bytes.
    package static let backupReadBytes = Metric(
        "opsd_backup_read_bytes", .gauge,
        "What the last run of the job read from the registry's storage.", labels: ["job"])
    /// Bytes.
    package static let backupWrittenBytes = Metric(
        "opsd_backup_written_bytes", .gauge,
        "What the last run of the job wrote to the vault, encrypted.", labels: ["job"])

    // MARK: The newest runs of the jobs that look after the registry

    /// A number of things, without unit.
    package static let gcCandidates = Metric(
        "opsd_gc_candidates", .gauge,
        "Blobs that Harbor would delete, as the newest run of the job counted them before it asked its guards.", labels: ["job"])
    /// Bytes.
    package static let gcCandidateBytes = Metric(
        "opsd_gc_candidate_bytes", .gauge, "What the blobs that Harbor would delete measure together.", labels: ["job"])
    /// A number of things, without unit.
    package static let gcUncoveredCandidates = Metric(
        "opsd_gc_uncovered_candidates", .gauge, "Blobs that Harbor would delete and that the vault does not have.", labels: ["job"])
    /// A number of things, without unit.
    package static let gcPinnedCandidates = Metric(
        "opsd_gc_pinned_candidates", .gauge, "Blobs that Harbor would delete and that a pinned image needs.", labels: ["job"])
    /// Bytes.
    package static let gcFreedBytes = Metric(
        "opsd_gc_freed_bytes", .gauge, "What the newest collection of the job freed.", labels: ["job"])
    /// A number of things, without unit.
    package static let gcPurgedBlobs = Metric(
        "opsd_gc_purged_blobs", .gauge, "Blobs that the newest collection of the job deleted.", labels: ["job"])
    /// A number of things, without unit.
    package static let gcPurgedManifests = Metric(
        "opsd_gc_purged_manifests", .gauge, "Manifests that the newest collection of the job deleted.", labels: ["job"])
    /// A number of things, without unit.
    package static let gcDeleteFailedBlobs = Metric(
        "opsd_gc_delete_failed_blobs", .gauge,
        "Blobs that Harbor tried to delete and could not, as they were after the newest collection of the job.", labels: ["job"])
    /// A number of things, without unit.
    package static let gcStuckBlobs = Metric(
        "opsd_gc_stuck_blobs", .gauge, "Blobs that Harbor has called deleting since before the newest collection of the job.",
        labels: ["job"])
    /// A number of things, without unit.
    package static let gcTrashArtifacts = Metric(
        "opsd_gc_trash_artifacts", .gauge,
        "Deleted artifacts whose manifests still wait for a collection, as they were after the newest one of the job.", labels: ["job"])
    /// A number of things, without unit.
    package static let gcDeletedNeededBlobs = Metric(
        "opsd_gc_deleted_needed_blobs", .gauge, "Blobs that went with the newest collection of the job although live artifacts need them.",
        labels: ["job"])
    /// A number of things, without unit.
    package static let retentionCandidates = Metric(
        "opsd_retention_candidates", .gauge, "Artifacts that the newest run of the job judged.", labels: ["job"])
    /// A number of things, without unit.
    package static let retentionRemovals = Metric(
        "opsd_retention_removals", .gauge, "Artifacts that no rule keeps, as the newest run of the job planned.", labels: ["job"])
    /// A number of things, without unit.
    package static let retentionRemovedArtifacts = Metric(
        "opsd_retention_removed_artifacts", .gauge, "Artifacts that the newest run of the job removed.", labels: ["job"])
    /// A number of things, without unit.
    package static let retentionSkippedArtifacts = Metric(
        "opsd_retention_skipped_artifacts", .gauge,
        "Artifacts that the newest run of the job was to remove and left, since they had changed or Harbor refused.", labels: ["job"])
    /// A number of things, without unit.
    package static let retentionKeptUnmatched = Metric(
        "opsd_retention_kept_unmatched", .gauge, "Artifacts that stay because no class takes them.", labels: ["job"])
    /// A number of things, without unit.
    package static let retentionKeptPinned = Metric(
        "opsd_retention_kept_pinned", .gauge, "Artifacts that stay because an image in use needs them.", labels: ["job"])
    /// A number of things, without unit.
    package static let retentionKeptHeld = Metric(
        "opsd_retention_kept_held", .gauge, "Artifacts that stay because a person holds them.", labels: ["job"])
    /// Bytes.
    package static let retentionFreedBytes = Metric(
        "opsd_retention_freed_bytes", .gauge, "What a garbage collection could free after the removals of the newest plan.", labels: ["job"]
    )
    /// A number of things, without unit.
    package static let retentionRepositories = Metric(
        "opsd_retention_repositories", .gauge, "Repositories that the newest run of the job looked at.", labels: ["job"])
    /// A number of things, without unit.
    package static let pins = Metric(
        "opsd_pins", .gauge, "Images of this registry that the lists of images in use name, as the newest run of the job read them.",
        labels: ["job"])
    /// A number of things, without unit.
    package static let pinsUnmatched = Metric(
        "opsd_pins_unmatched", .gauge, "Images in use that the newest plan of the job did not find in the registry.", labels: ["job"])
    /// A number of things, without unit.
    package static let pinsMissing = Metric(
        "opsd_pins_missing", .gauge, "Images in use that the registry does not have.", labels: ["job"])
    /// A number of things, without unit.
    package static let pinsDenied = Metric(
        "opsd_pins_denied", .gauge, "Images in use that the registry has and refuses to whoever pulls them.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanImages = Metric(
        "opsd_scan_images", .gauge, "Images that a scanner could look at.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanNeverScanned = Metric(
        "opsd_scan_never_scanned", .gauge, "Images that were never scanned.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanStaleReports = Metric(
        "opsd_scan_stale_reports", .gauge, "Images whose report is older than the job allows.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanWithoutReport = Metric(
        "opsd_scan_without_report", .gauge, "Images whose last scan brought no report.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanCritical = Metric(
        "opsd_scan_critical", .gauge, "Critical vulnerabilities, counted for each image.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanHigh = Metric(
        "opsd_scan_high", .gauge, "High vulnerabilities, counted for each image.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanFixable = Metric(
        "opsd_scan_fixable", .gauge, "Vulnerabilities for which there is a fixed version, counted for each image.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanPinnedAffected = Metric(
        "opsd_scan_pinned_affected", .gauge, "Images in use that have a critical vulnerability.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanNewCritical = Metric(
        "opsd_scan_new_critical", .gauge,
        "Critical vulnerabilities that the newest run of the job found and the reports before it did not have.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanNewHigh = Metric(
        "opsd_scan_new_high", .gauge, "High vulnerabilities that the newest run of the job found and the reports before it did not have.",
        labels: ["job"])
    /// A number of things, without unit.
    package static let scanScanned = Metric(
        "opsd_scan_scanned", .gauge, "Images that the newest run of the job scanned.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanFailed = Metric(
        "opsd_scan_failed", .gauge, "Scans of the newest run of the job that failed.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanStuck = Metric(
        "opsd_scan_stuck", .gauge, "Scans of the newest run of the job that took too long and were stopped.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanReportsLost = Metric(
        "opsd_scan_reports_lost", .gauge, "Images that had a report and lost it, since the newest run of the job had them scanned in vain.",
        labels: ["job"])
    /// A number of things, without unit.
    package static let scanUnscannable = Metric(
        "opsd_scan_unscannable", .gauge, "Images that the newest run of the job met and no scanner can look at.", labels: ["job"])
    /// A number of things, without unit.
    package static let scanLeftOver = Metric(
        "opsd_scan_left_over", .gauge, "Images that the newest run of the job had no time for.", labels: ["job"])

    // MARK: Harbor

    /// A time in seconds since 1970.
    package static let gcHoldSince = Metric(
        "opsd_gc_hold_since_timestamp_seconds", .gauge,
        "Since when opsd holds Harbor's garbage collection off; absent while it does not.")
    /// 1 or 0.
    package static let gcQueuePaused = Metric(
        "opsd_gc_queue_paused", .gauge, "Whether the queue of garbage collections in Harbor is paused, whoever did it: 1 yes, 0 no.")
    /// 1 or 0.
    package static let harborUp = Metric(
        "opsd_harbor_up", .gauge, "Whether the API of Harbor answered when opsd last looked: 1 yes, 0 no.")
    /// 1 or 0.
    package static let harborHealthy = Metric(
        "opsd_harbor_healthy", .gauge, "Whether all parts of Harbor call themselves healthy: 1 yes, 0 no.")
    /// 1 or 0.
    package static let harborAccountAccepted = Metric(
        "opsd_harbor_account_accepted", .gauge, "Whether Harbor knows the account that opsd uses: 1 yes, 0 no.")
    /// 1 or 0.
    package static let harborReadOnly = Metric(
        "opsd_harbor_read_only", .gauge, "Whether Harbor refuses everything but reading: 1 yes, 0 no.")
    /// Bytes.
    package static let harborVolumeFreeBytes = Metric(
        "opsd_harbor_volume_free_bytes", .gauge, "What is free on the fullest file system that Harbor reports.")
    /// Bytes.
    package static let harborVolumeTotalBytes = Metric(
        "opsd_harbor_volume_total_bytes", .gauge, "The size of the fullest file system that Harbor reports.")
    /// 1 or 0.
    package static let scannerHealthy = Metric(
        "opsd_scanner_healthy", .gauge,
        "Whether the default scanner of Harbor is enabled and answers: 1 yes, 0 no; absent where there is none.")
    /// A time in seconds since 1970.
    package static let scannerDatabase = Metric(
        "opsd_scanner_database_timestamp_seconds", .gauge, "When the vulnerability database of the default scanner was made.")

    /// Every metric of opsd, in the order in which a page shows them.
    package static let all: [Metric] = [
        .buildInfo, .start, .schedulerLastTurn, .journalWritable, .configLastReloadSuccessful, .configLastReloadSuccess, .jobInfo,
        .jobRunsTotal, .jobRunning, .jobKnownSince, .jobLastStart, .jobLastSuccess, .jobLastDuration, .jobNextRun, .jobExpectedInterval,
        .jobMissedRunsTotal, .jobPaused, .jobLastResult, .jobRefusalsTotal, .jobDeadline, .recoveryPoint, .rpo, .rpoObjective, .rto,
        .rtoObjective, .drillLastSuccess,
        .unprotectedArtifacts, .sourceBrokenBlobs, .vaultSnapshots, .vaultObjects, .vaultBytes, .vaultOldestUnverified,
        .vaultChainSequence, .backupNewBlobs, .backupNewBytes, .backupReadBytes, .backupWrittenBytes, .gcCandidates, .gcCandidateBytes,
        .gcUncoveredCandidates, .gcPinnedCandidates, .gcFreedBytes, .gcPurgedBlobs, .gcPurgedManifests, .gcDeleteFailedBlobs, .gcStuckBlobs,
        .gcTrashArtifacts, .gcDeletedNeededBlobs, .retentionCandidates, .retentionRemovals, .retentionRemovedArtifacts,
        .retentionSkippedArtifacts, .retentionKeptUnmatched, .retentionKeptPinned, .retentionKeptHeld, .retentionFreedBytes,
        .retentionRepositories, .pins, .pinsUnmatched, .pinsMissing, .pinsDenied, .scanImages, .scanNeverScanned, .scanStaleReports,
        .scanWithoutReport, .scanCritical, .scanHigh, .scanFixable, .scanPinnedAffected, .scanNewCritical, .scanNewHigh, .scanScanned,
        .scanFailed, .scanStuck, .scanReportsLost, .scanUnscannable, .scanLeftOver, .gcHoldSince, .gcQueuePaused, .harborUp, .harborHealthy,
        .harborAccountAccepted, .harborReadOnly, .harborVolumeFreeBytes, .harborVolumeTotalBytes, .scannerHealthy, .scannerDatabase,
    ]
}
