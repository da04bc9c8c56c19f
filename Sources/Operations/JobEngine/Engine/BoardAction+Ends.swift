extension [BoardAction] {
    /// The record with which the run ends; nil where it does not.
    func ended(_ run: RunID) -> RunRecord? {
        for case .journal(.ended(let record, _)) in self where record.id == run { return record }
        return nil
    }

    /// What a journal that refused these actions has to be told later of the end of `run`.
    ///
    /// Only the end itself and what the run learned are certain; whatever would follow is decided by a later turn. Where the engine stops no
    /// turn follows, nor does any timetable change again: then it is certain, too, that the run's scheduled time is due again.
    func untold(of run: RunID, isStopping: Bool) -> [JournalEntry] {
        compactMap { action in
            guard case .journal(let entry) = action else { return nil }
            if case .ended(let record, _) = entry, record.id == run { return entry }
            if case .vault = entry { return entry }
            if isStopping, case .timetable = entry { return entry }
            return nil
        }
    }
}
