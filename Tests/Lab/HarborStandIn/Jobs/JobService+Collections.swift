extension JobService {
    /// Queues a collection; answers the execution's id.
    func startCollection(_ parameters: GarbageCollectionParameters, trigger: JobTrigger) async throws -> Int64 {
        let attributes = try parameters.json()
        let execution = try await records.startExecution(.garbageCollection, of: -1, trigger: trigger, attributes: attributes)
        try await queue(.garbageCollection, execution: execution, attributes: attributes, work: .collectGarbage(parameters))
        return execution
    }
}
