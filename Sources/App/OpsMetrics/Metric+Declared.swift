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
        "Artifacts of the registry that no complete snapshot has yet.")
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

    // MARK: Harbor

    /// A time in seconds since 1970.
    package static let gcHoldSince = Metric(
        "opsd_gc_hold_since_timestamp_seconds", .gauge,
        "Since when opsd holds Harbor's garbage collection off; absent while it does not.")

    /// Every metric of opsd, in the order in which a page shows them.
    package static let all: [Metric] = [
        .buildInfo, .start, .schedulerLastTurn, .journalWritable, .configLastReloadSuccessful, .configLastReloadSuccess, .jobInfo,
        .jobRunsTotal, .jobRunning, .jobKnownSince, .jobLastStart, .jobLastSuccess, .jobLastDuration, .jobNextRun, .jobExpectedInterval,
        .jobMissedRunsTotal, .jobPaused, .recoveryPoint, .rpo, .rpoObjective, .rto, .rtoObjective, .drillLastSuccess,
        .unprotectedArtifacts, .sourceBrokenBlobs, .vaultSnapshots, .vaultObjects, .vaultBytes, .vaultOldestUnverified,
        .vaultChainSequence, .backupNewBlobs, .backupNewBytes, .backupReadBytes, .backupWrittenBytes, .gcHoldSince,
    ]
}
