/// What a garbage collection of Harbor does.
package struct CollectionParameters: Sendable, Equatable {
    /// Whether artifacts without a tag go first; false where a schedule does not say.
    package let deletesUntagged: Bool
    /// Whether it only estimates.
    package let isDryRun: Bool
    /// How many blobs it deletes at once, 1 to 10.
    package let workers: Int

    /// Parameters of a collection.
    package init(deletesUntagged: Bool, isDryRun: Bool = false, workers: Int = 1) {
        self.deletesUntagged = deletesUntagged
        self.isDryRun = isDryRun
        self.workers = workers
    }

    /// Takes what it knows; Harbor keeps the address of its Redis among the others, with the password.
    init(_ answer: AnswerObject) throws {
        deletesUntagged = try answer.flag("delete_untagged")
        isDryRun = try answer.flag("dry_run")
        workers = Int(try answer.optionalInteger("workers") ?? 1)
    }

    /// As Harbor's API takes it. Throws `malformed` for a number of workers that Harbor refuses.
    var json: JSONValue {
        get throws {
            guard (1...10).contains(workers) else {
                throw HarborAPIError(
                    .malformed, "\(workers) workers are none or too many for a garbage collection", remedy: "use 1 to 10")
            }
            return ["delete_untagged": .flag(deletesUntagged), "dry_run": .flag(isDryRun), "workers": .integer(Int64(workers))]
        }
    }
}
