extension StandInRequest {
    /// What the body's `schedule` says. Throws 422 for what the API's description does not allow.
    func scheduleWish() throws -> (type: Schedules.Kind, cron: String) {
        guard let wish = try document()["schedule"] else { throw StandInFailure.unprocessable("schedule in body is required") }
        guard let text = wish["type"]?.text, let type = Schedules.Kind(rawValue: text) else {
            throw StandInFailure.unprocessable("schedule.type in body should be one of \(Schedules.Kind.allCases.map(\.rawValue))")
        }
        return (type, wish["cron"]?.text ?? "")
    }
}

extension StandInResponse {
    /// A document that is text already.
    static func jsonText(_ text: String, status: Int = 200, headers: [(name: String, value: String)] = []) -> StandInResponse {
        StandInResponse(status: status, headers: [("Content-Type", "application/json")] + headers, body: Array(text.utf8))
    }
}

extension JobService {
    /// The log of a job, at work or done. Throws 404 where there is none.
    func logText(ofJob id: String) async throws -> String {
        if let log = liveLog(of: id) { return log }
        guard let log = try await database.value("SELECT content FROM job_log WHERE job_uuid = $1", [id]) else {
            throw StandInFailure.notFound("job log \(id) not found")
        }
        return log
    }
}
