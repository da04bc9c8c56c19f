import Foundation
import HarborDatabase
import OCIImage
import Retention
import Testing

@Suite("What is protected stays, whatever classes say")
struct ProtectionTests {
    typealias Sample = SampleRegistry

    static func pin(_ reference: String) throws -> PinSet.Pin { .init(try Reference(parsing: reference), source: "cluster") }

    private func codes(
        _ artifacts: [StoredArtifact], settings: RetentionSettings? = nil, pins: [PinSet.Pin] = [], holds: [ImageHold] = [],
        immutable: [StoredRule] = []
    ) throws -> [String] {
        var planner = RetentionPlanner(
            try settings
                ?? RetentionSettings(classes: [try Sample.all(.init()), .init(name: "untagged", members: .untagged, keep: .init())]),
            immutableRules: immutable, pins: PinSet(pins), holds: holds, now: Sample.now)
        return planner.judge(try Sample.repository(artifacts)).decisions.map { decision in
            switch decision {
            case .keeps(let reason), .removesTags(_, let reason): reason.code.rawValue
            case .removes(let reason): "-\(reason.code.rawValue)"
            }
        }
    }

    @Test("a pin keeps by tag, by digest, by both, and means latest where it says neither")
    func pins() throws {
        let artifacts = [
            try Sample.artifact(1, ["a"]), try Sample.artifact(2, ["b"]), try Sample.artifact(3, ["c"]), try Sample.artifact(4, ["latest"]),
            try Sample.artifact(5, ["d"]),
        ]
        let pins = [
            try Self.pin("library/app:a"), try Self.pin("library/app@\(Sample.digest(2))"),
            try Self.pin("library/app:gone@\(Sample.digest(3))"), try Self.pin("library/app"), try Self.pin("library/web:d"),
        ]
        #expect(try codes(artifacts, pins: pins) == ["pinned", "pinned", "pinned", "pinned", "-not_kept"])
    }

    @Test("an index that runs keeps what it lists, and a listed image that runs keeps its indexes")
    func indexes() throws {
        let artifacts = [
            try Sample.artifact(1, ["index"]), try Sample.artifact(2, parents: [1, 4]), try Sample.artifact(3, parents: [1]),
            try Sample.artifact(4, ["other"]), try Sample.artifact(5, ["arm64"], parents: [4]),
        ]
        #expect(
            try codes(artifacts, pins: [try Self.pin("library/app:index")])
                == ["pinned", "indexed", "indexed", "-not_kept", "-not_kept"])
        #expect(
            try codes(artifacts, pins: [try Self.pin("library/app@\(Sample.digest(3))")])
                == ["needed_by_indexed", "indexed", "pinned", "-not_kept", "-not_kept"])
        #expect(
            try codes(artifacts, pins: [try Self.pin("library/app:arm64")])
                == ["-not_kept", "-with_index", "-with_index", "-not_kept", "pinned"])
        #expect(
            try codes(artifacts, pins: [try Self.pin("library/app:other")])
                == ["-not_kept", "indexed", "-with_index", "pinned", "indexed"])
    }

    @Test("accessories follow their image, and one that is protected keeps it")
    func accessories() throws {
        let artifacts = [
            try Sample.artifact(1, ["a"]), try Sample.artifact(2, ["sha256-1.sig"], subject: 1),
            try Sample.artifact(3, subject: 2, subjectType: "subject.accessory"), try Sample.artifact(4, subject: 99),
        ]
        #expect(try codes(artifacts) == ["-not_kept", "-with_subject", "-with_subject", "awaits_subject"])
        #expect(
            try codes(artifacts, pins: [try Self.pin("library/app:a")]) == ["pinned", "accessory", "accessory", "awaits_subject"])
        #expect(
            try codes(artifacts, pins: [try Self.pin("library/app:sha256-1.sig")])
                == ["needed_by_accessory", "pinned", "accessory", "awaits_subject"])
    }

    @Test("an artifact that another index lists, which is not among the rows, stays")
    func unseenIndex() throws {
        #expect(
            try codes([try Sample.artifact(1, parents: [77]), try Sample.artifact(2, ["a"], parents: [77])]) == [
                "unseen_index", "unseen_index",
            ])
    }

    @Test("a hold keeps an image, a repository or many until its end")
    func holds() throws {
        let artifacts = [try Sample.artifact(1, ["a"]), try Sample.artifact(2, ["b"])]
        func hold(_ target: ImageHold.Target, _ days: Double = -1) -> ImageHold {
            ImageHold(target, owner: "ann", reason: "audit", end: Sample.days(days))
        }
        #expect(try codes(artifacts, holds: [hold(.image(try Reference(parsing: "library/app:a")))]) == ["held", "-not_kept"])
        #expect(
            try codes(artifacts, holds: [hold(.image(try Reference(parsing: "library/app@\(Sample.digest(2))")))]) == ["-not_kept", "held"])
        #expect(try codes(artifacts, holds: [hold(.image(try Reference(parsing: "library/app")))]) == ["held", "held"])
        #expect(try codes(artifacts, holds: [hold(.repositories(try DoublestarPattern(parsing: "library/**")))]) == ["held", "held"])
        #expect(
            try codes(artifacts, holds: [hold(.repositories(try DoublestarPattern(parsing: "team/**")))]) == ["-not_kept", "-not_kept"])
        #expect(try codes(artifacts, holds: [hold(.image(try Reference(parsing: "library/app")), 0)]) == ["-not_kept", "-not_kept"])
    }

    @Test("a hold is written and read again")
    func holdCoding() throws {
        let holds = [
            ImageHold(.image(try Reference(parsing: "library/app:a")), owner: "ann", reason: "audit", end: Sample.now),
            ImageHold(.repositories(try DoublestarPattern(parsing: "library/{a,b}")), owner: "ann", reason: "audit", end: Sample.now),
        ]
        #expect(try JSONDecoder().decode([ImageHold].self, from: JSONEncoder().encode(holds)) == holds)
        let both = Data(#"{"image":"a","repositories":"b","owner":"x","reason":"y","end":0}"#.utf8)
        #expect(throws: RetentionError.self) { try JSONDecoder().decode(ImageHold.self, from: both) }
        let neither = Data(#"{"owner":"x","reason":"y","end":0}"#.utf8)
        #expect(throws: RetentionError.self) { try JSONDecoder().decode(ImageHold.self, from: neither) }
    }

    @Test("an immutable tag keeps its artifact, and that of an accessory the image")
    func immutable() throws {
        let rule = StoredRule(
            id: 1, projectID: 1,
            json: Sample.rule("immutable_template", tags: [Sample.selector("matches", "{v*,*.sig}")]))
        let artifacts = [
            try Sample.artifact(1, ["v1"]), try Sample.artifact(2, ["a"]), try Sample.artifact(3, ["b"]),
            try Sample.artifact(4, ["sha256-3.sig"], subject: 3),
        ]
        #expect(try codes(artifacts, immutable: [rule]) == ["immutable", "-not_kept", "needed_by_accessory", "immutable"])
    }

    @Test("the newest releases stay for a rollback, prereleases do not count")
    func rollback() throws {
        let artifacts = try ["1.0.0", "1.1.0", "v1.1.0", "1.2.0", "2.0.0-rc.1"].enumerated()
            .map { try Sample.artifact(Int64($0.offset + 1), [$0.element]) }
        let settings = RetentionSettings(classes: [try Sample.all(.init())], rollbackReleases: 2)
        #expect(try codes(artifacts, settings: settings) == ["-not_kept", "rollback", "rollback", "rollback", "-not_kept"])
    }

    @Test("a signed release stays where the settings say so, another signed image does not", arguments: [true, false])
    func signed(_ keeps: Bool) throws {
        let artifacts = [
            try Sample.artifact(1, ["1.0.0"]), try Sample.artifact(2, subject: 1, subjectType: "signature.notation"),
            try Sample.artifact(3, ["main"]), try Sample.artifact(4, subject: 3), try Sample.artifact(5, ["1.1.0"]),
            try Sample.artifact(6, subject: 5, subjectType: "sbom.harbor"),
        ]
        let settings = RetentionSettings(classes: [try Sample.all(.init())], rollbackReleases: 0, keepsSignedReleases: keeps)
        #expect(
            try codes(artifacts, settings: settings) == [
                keeps ? "signed_release" : "-not_kept", keeps ? "accessory" : "-with_subject", "-not_kept", "-with_subject", "-not_kept",
                "-with_subject",
            ])
    }
}
