import CurlTransport

extension HarborClient {
    /// The queues of Harbor's job service.
    package func queues() async throws -> [JobQueue] {
        let call = HarborCall(.listJobQueues, "/jobservice/queues")
        switch try await value(call) {
        case .array(let elements): return try elements.map { try JobQueue(AnswerObject($0, of: call.operation)) }
        case .null: return []
        case .flag, .integer, .number, .text, .object: throw call.operation.unexpected("something else stands for a list")
        }
    }

    /// Lets a queue, such as `GARBAGE_COLLECTION`, wait: jobs in it and new ones stay, running ones go on. Repeated where that helps.
    package func pauseQueue(_ type: String) async throws { try await act("pause", on: type) }

    /// Lets a queue go on. Repeated where that helps.
    package func resumeQueue(_ type: String) async throws { try await act("resume", on: type) }

    /// Drops the jobs that wait in a queue. It is sent once.
    package func stopQueue(_ type: String) async throws { try await act("stop", on: type) }

    /// What Harbor does by itself, retention and replication of all projects included.
    package func schedules() async throws -> [APISchedule] {
        try await all(HarborList(HarborCall(.listSchedules, "/schedules"), sortedBy: nil, id: \.id, read: APISchedule.init))
    }

    /// Whether Harbor starts nothing by itself for the time being.
    package func isSchedulerPaused() async throws -> Bool {
        try await object(HarborCall(.getSchedulePaused, "/schedules/all/paused")).flag("paused")
    }

    private func act(_ action: String, on type: String) async throws {
        let call = HarborCall(.actionPendingJobs, .put, "/jobservice/queues/\(type)").sending(["action": .text(action)])
        _ = try await send(action == "stop" ? call : call.repeatable())
    }
}
