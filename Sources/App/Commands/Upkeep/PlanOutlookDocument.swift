import Assembly
import Upkeep

/// What `opsd retention apply HASH --json` prints without `--execute`.
struct PlanOutlookDocument: Encodable {
    let hash: String
    let removed: Int
    let removedTags: Int
    let freedBytes: Int64
    /// The guards that say no.
    let refusals: [RefusalDocument]

    init(_ outlook: PlanOutlook) {
        hash = outlook.plan.hash
        removed = outlook.plan.totals.removed
        removedTags = outlook.plan.totals.removedTags
        freedBytes = outlook.plan.totals.freedBytes
        refusals = outlook.refusals.map(RefusalDocument.init)
    }
}
