import LabServers

extension RegistryServer {
    /// Pushes blobs, then the manifest by its digest: tags are Harbor's own business. Throws `LabError`.
    func push(_ image: ImageContent, to repository: String) throws {
        for blob in image.blobs { try push(blob, to: repository) }
        let answer = try request(
            "PUT", "/v2/\(repository)/manifests/\(image.manifest.digest)", headers: ["Content-Type": image.manifest.mediaType],
            body: image.manifest.bytes)
        guard answer.status == 201 else { throw refusal("manifest \(image.manifest.digest)", repository, answer) }
    }

    private func push(_ blob: BlobContent, to repository: String) throws {
        let start = try request("POST", "/v2/\(repository)/blobs/uploads/")
        guard start.status == 202, let location = start.headers["location"] else { throw refusal("an upload", repository, start) }
        // The location is a whole URL with a query already in it.
        guard let target = location.firstRange(of: "/v2/").map({ String(location[$0.lowerBound...]) }) else {
            throw refusal("an upload", repository, start)
        }
        let answer = try request(
            "PUT", target + "&digest=" + blob.digest, headers: ["Content-Type": "application/octet-stream"], body: blob.bytes)
        guard answer.status == 201 else { throw refusal("blob \(blob.digest)", repository, answer) }
    }

    private func refusal(_ what: String, _ repository: String, _ answer: HTTPAnswer) -> LabError {
        LabError(
            .unexpectedAnswer,
            "the registry refused \(what) of \(repository): \(answer.status) \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
    }
}
