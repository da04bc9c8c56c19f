import Foundation
import HarborDatabase
import HarborLab
import LabServers
import OCIImage
import Postgres
import Testing

@Suite(
    "A real Harbor database tells what it needs (skipped where PostgreSQL or docker-registry is not installed)",
    .enabled(if: HarborLab.available()), .timeLimit(.minutes(3)))
struct LabDatabaseTests {
    /// Runs `body` in a snapshot, as the role that can only read.
    private func inSnapshot<Value: Sendable>(_ body: (HarborDatabase) async throws -> Value) async throws -> Value {
        let snapshot = try await PostgresSnapshot.open(SharedLab.settings())
        let value = try await body(HarborDatabase(connection: snapshot.connection))
        await snapshot.close()
        return value
    }

    @Test("the schema is Harbor 2.15's")
    func schema() async throws {
        let hints = try await inSnapshot { try await $0.versionHints() }
        #expect(hints.schema == SchemaVersion(version: HarborSchema.version, isDirty: false))
        #expect(hints.schema.isTested)
        #expect(hints.schema.harborReleases == "2.15.0 to 2.15.2")
    }

    @Test("needed are the manifests and contents of all images, each once and in order")
    func needed() async throws {
        let lab = try SharedLab.value
        let (blobs, summary) = try await inSnapshot { try await needs($0) }
        #expect(blobs.map(\.digest) == Set(blobs.map(\.digest)).sorted())
        let manifests = Set(lab.images.map(\.digest))
        #expect(Set(blobs.filter { $0.role == .manifest }.map(\.digest.description)) == manifests)
        let contents = Set(lab.images.flatMap(\.blobs)).subtracting(manifests)
        #expect(Set(blobs.filter { $0.role == .layer }.map(\.digest.description)) == contents)
        #expect(summary.manifests == manifests.count)
        #expect(summary.layers == contents.count)
        #expect(summary.malformed == 0)
    }

    @Test("each needed blob is on disk with the size that its row says; deleted ones too, as unreferenced")
    func onDisk() async throws {
        let lab = try SharedLab.value
        let blobs = try await inSnapshot { try await needs($0) }.blobs.filter { !$0.isForeign }
        for blob in blobs {
            let size = try FileManager.default.attributesOfItem(atPath: lab.blobFile(blob.digest.description))[.size] as? Int64
            #expect(size == blob.size, "\(blob)")
            #expect(blob.mediaType != nil)
        }
        #expect(blobs.contains { $0.role == .unreferenced })
        #expect(blobs.contains { $0.digest.algorithm == .sha512 })
        #expect(blobs.contains { $0.size == 0 })
    }

    @Test("a foreign layer is marked, and nobody minds that it is not there")
    func foreign() async throws {
        let (blobs, summary) = try await inSnapshot { try await needs($0) }
        let foreign = blobs.filter(\.isForeign)
        #expect(foreign.count == 1)
        #expect(foreign.allSatisfy { $0.role == .unreferenced && $0.mediaType == MediaType.dockerForeignLayer })
        #expect(summary.foreign == 1)
    }

    @Test("the child that a proxy cache never pulled is counted, not needed")
    func absentChild() async throws {
        let lab = try SharedLab.value
        let proxied = try #require(lab.images(.proxyIndex).first)
        let (count, blobs) = try await inSnapshot { (try await $0.absentChildren(), try await needs($0).blobs) }
        #expect(count == 1)
        let recorded = try lab.sql("SELECT digest_blob FROM artifact_blob WHERE digest_af = '\(proxied.digest)'").split(separator: "\n")
            .map(String.init)
        let absent = Set(recorded).subtracting(proxied.children + [proxied.digest])
        #expect(absent.count == 1)
        #expect(absent.isDisjoint(with: blobs.map(\.digest.description)))
    }

    @Test("the inventory lists what was pushed, in order")
    func inventoried() async throws {
        let lab = try SharedLab.value
        let (lines, _, counts) = try await inSnapshot { try await inventory($0) }
        let artifacts = lines.artifacts
        #expect(counts == InventoryCounts(projects: lines.projects.count, artifacts: artifacts.count))
        #expect(
            artifacts.map { "\($0.repository)@\($0.digest)" } == lab.images.map { "\($0.repository)@\($0.digest)" }.sorted(by: Self.byBytes)
        )
        for image in lab.images {
            let artifact = try #require(
                artifacts.first { $0.repository.description == image.repository && $0.digest.description == image.digest })
            #expect(artifact.manifestMediaType == image.mediaType)
            #expect(artifact.tags.map(\.description) == image.tags.sorted(by: Self.byBytes))
            #expect(artifact.children.map(\.description) == image.children.sorted(by: Self.byBytes))
            #expect(Set(artifact.blobs.map(\.description)) == Set(image.blobs + image.children + [image.digest]), "\(image)")
            #expect(artifact.pushTime?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
        }
        let projects = try lab.sql("SELECT name FROM project ORDER BY name COLLATE \"C\"").split(separator: "\n").map(String.init)
        #expect(lines.projects.map(\.name) == projects)
    }

    private static func byBytes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

    @Test("a signature and its image know each other")
    func accessory() async throws {
        let lab = try SharedLab.value
        let (image, signature) = (try #require(lab.images(.signed).first), try #require(lab.images(.signature).first))
        let artifacts = try await inSnapshot { try await inventory($0) }.lines.artifacts
        let signed = try #require(artifacts.first { $0.digest.description == image.digest })
        #expect(signed.accessories == [.init(digest: try Digest(parsing: signature.digest), type: "signature.cosign")])
        #expect(signed.subject == nil)
        let own = try #require(artifacts.first { $0.digest.description == signature.digest })
        #expect(own.subject?.description == image.digest)
    }

    @Test("what an inventory names is what is needed: the closure by rows")
    func closure() async throws {
        let (lines, blobs) = try await inSnapshot { (try await inventory($0).lines, try await needs($0).blobs) }
        let named = Set(lines.artifacts.flatMap { $0.blobs + [$0.digest] })
        #expect(named == Set(blobs.filter { $0.role != .unreferenced }.map(\.digest)))
    }

    @Test("each line is the JSON that PostgreSQL made, whatever COPY does to backslashes")
    func sameJSON() async throws {
        let lab = try SharedLab.value
        let texts = try await inSnapshot { try await inventory($0) }.texts
        let quoted = texts.map { "('" + $0.replacing("'", with: "''") + "'::json)" }.joined(separator: ",")
        let types = try lab.sql("SELECT count(*) FROM (VALUES \(quoted)) AS line(json) WHERE json_typeof(json) = 'object'")
        #expect(types == "\(texts.count)")
    }

    @Test("a broken layer affects every image that has it, and the indexes above")
    func affected() async throws {
        let lab = try SharedLab.value
        let base = try #require(
            Set(lab.images(.child).flatMap(\.blobs)).first { digest in lab.images(.plain).contains { $0.blobs.contains(digest) } })
        let cause = try Digest(parsing: base)
        let images = try await inSnapshot { try await $0.imagesAffected(by: [cause]) }
        let direct = lab.images.filter { $0.blobs.contains(base) }
        let above = lab.images.filter { image in direct.contains { image.children.contains($0.digest) && image.repository == $0.repository }
        }
        #expect(above.count >= 2)
        let expected = Set((direct + above).map { "\($0.repository)@\($0.digest)" })
        #expect(Set(images.map { "\($0.repository)@\($0.digest)" }) == expected)
        #expect(images.count == expected.count)
        #expect(images.allSatisfy { $0.digests == [cause] })
        let latest = try #require(images.first { $0.repository.description == "library/app" })
        #expect(latest.tags.map(\.description) == ["1.0", "latest"])
    }

    @Test("a digest that nothing needs affects nothing and is not needed still")
    func unaffected() async throws {
        let lab = try SharedLab.value
        let unknown = digest("nothing")
        let manifest = try Digest(parsing: try #require(lab.images(.plain).first).digest)
        let (images, still) = try await inSnapshot {
            let unreferenced = try await needs($0).blobs.filter { $0.role == .unreferenced }.map(\.digest)
            return (try await $0.imagesAffected(by: [unknown]), try await $0.stillNeeded(unreferenced + [unknown, manifest]))
        }
        #expect(images.isEmpty)
        #expect(still == [manifest])
    }

    @Test("the installation's secret key opens the values of its database, another one does not")
    func secretKey() async throws {
        let lab = try SharedLab.value
        let values = try await inSnapshot { try await $0.encryptedSamples(limit: 64) }
        #expect(
            Set(values.map(\.column)).isSuperset(of: [
                "registry.access_secret", "scanner_registration.access_cred", "p2p_preheat_instance.auth_data", "oidc_user.secret",
                "oidc_user.token",
                "properties.v",
            ]))
        let key = try Array(Data(contentsOf: URL(filePath: lab.secretKeyFile)))
        #expect(SecretKeyCheck(key: key).check(values) == .matches(values: values.count))
        guard case .mismatch = SecretKeyCheck(key: Array(HarborSecretKey().text.utf8)).check(values) else {
            Issue.record("a wrong key passed")
            return
        }
        #expect(try await inSnapshot { try await $0.encryptedSamples(limit: 3) }.count == 3)
        #expect(try await inSnapshot { try await $0.encryptedSamples(limit: 0) }.isEmpty)
        #expect(values.allSatisfy { !"\($0)".contains($0.value) })
    }
}
