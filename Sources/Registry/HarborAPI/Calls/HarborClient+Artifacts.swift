import CurlTransport
package import OCIImage

extension HarborClient {
    /// A repository's artifacts: those with a tag, and those that are no index's child. Accessories are never among them.
    package func artifacts(in repository: RepositoryName) async throws -> [APIArtifact] {
        let call = HarborCall(.listArtifacts, "/\(try HarborRepository(repository))/artifacts")
        return try await all(HarborList(withDetails(call), sortedBy: "id", id: \.id, read: APIArtifact.init))
    }

    /// One artifact, whatever it is; nil where it, or its repository, does not exist.
    package func artifact(_ repository: RepositoryName, _ reference: ArtifactReference) async throws -> APIArtifact? {
        let call = HarborCall(.getArtifact, "/\(try HarborRepository(repository))/artifacts/\(reference.description)")
        let answer = try await send(withDetails(call).expecting([404]))
        guard answer.head.status != 404 else { return nil }
        return try APIArtifact(try AnswerObject(try Self.value(in: answer, of: call.operation), of: call.operation))
    }

    /// An artifact's tags.
    package func tags(of digest: Digest, in repository: RepositoryName) async throws -> [APITag] {
        let call = HarborCall(.listTags, "/\(try HarborRepository(repository))/artifacts/\(digest)/tags")
            .adding("with_immutable_status", "true")
        return try await all(HarborList(call, sortedBy: "id", id: \.id, read: APITag.init))
    }

    /// An artifact's accessories.
    package func accessories(of digest: Digest, in repository: RepositoryName) async throws -> [APIAccessory] {
        let call = HarborCall(.listAccessories, "/\(try HarborRepository(repository))/artifacts/\(digest)/accessories")
        return try await all(HarborList(call, sortedBy: "id", id: \.id, read: APIAccessory.init))
    }

    /// Deletes an artifact with all its tags and what belongs to it. Throws `precondition` for one with an immutable tag or in an index.
    ///
    /// It is sent once: after `unreachable` or `timedOut` the artifact may be gone.
    package func deleteArtifact(_ digest: Digest, in repository: RepositoryName) async throws {
        _ = try await send(HarborCall(.deleteArtifact, .delete, "/\(try HarborRepository(repository))/artifacts/\(digest)"))
    }

    /// Deletes one tag; the artifact stays. Throws `precondition` for an immutable one.
    ///
    /// It is sent once: after `unreachable` or `timedOut` the tag may be gone.
    package func deleteTag(_ tag: TagName, of digest: Digest, in repository: RepositoryName) async throws {
        let path: HarborPath = "/\(try HarborRepository(repository))/artifacts/\(digest)/tags/\(tag)"
        _ = try await send(HarborCall(.deleteTag, .delete, path))
    }

    /// Whether the account could pull a manifest now, by the registry's own API. It moves no pull time.
    ///
    /// An account that may push images is no honest probe: some of its clients pass the policies.
    package func manifestStatus(_ repository: RepositoryName, _ reference: ArtifactReference) async throws -> ManifestStatus {
        let types = [MediaType.ociManifest, MediaType.ociIndex, MediaType.dockerManifest, MediaType.dockerManifestList]
        let call = HarborCall(.headManifest, .head, "/v2/\(verbatim: repository)/manifests/\(verbatim: reference)")
            .adding(header: "Accept", types.joined(separator: ", ")).expecting([403, 404, 412])
        let answer = try await send(call)
        switch answer.head.status {
        case 404: return .absent
        case 403, 412: return .denied(AnswerText.failure(answer).message)
        default: break
        }
        // The header is the registry's own word; without a sound one the manifest is there all the same.
        let digest = answer.head.headers["Docker-Content-Digest"].flatMap { Digest(parsing: Array($0.utf8)) }
        return .present(digest)
    }

    /// Says everything that Harbor would otherwise decide by defaults, which differ between its description and its code.
    private func withDetails(_ call: HarborCall) -> HarborCall {
        call.adding("with_tag", "true").adding("with_label", "true").adding("with_scan_overview", "true")
            .adding("with_sbom_overview", "false").adding("with_immutable_status", "true").adding("with_accessory", "false")
            .acceptingReports()
    }
}
