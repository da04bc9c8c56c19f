import Archive
import LabServers
import SystemPackage

/// A folder of files that other programs made, archived and restored by the module under test.
struct FileSetFixture {
    let temporary: TemporaryFolder

    /// Makes the folder `source` and runs `script` in it.
    init(_ script: String = "") throws {
        temporary = try TemporaryFolder("file-set")
        try Program.succeed("mkdir", [source])
        try run(script)
    }

    var source: String { temporary.file("source") }
    var target: String { temporary.file("target") }
    /// The source folder as its members are named.
    var member: String { String(source.dropFirst()) }

    /// What stands in `source`, as members' names relative to it.
    func run(_ script: String) throws { try Program.succeed("sh", ["-ec", script], folder: source) }

    /// The answer of a shell script that runs in `folder`.
    func ask(_ folder: String, _ script: String) throws -> String {
        String(decoding: try Program.succeed("sh", ["-ec", script], folder: folder), as: UTF8.self)
    }

    /// Archives `paths` (the source folder by default); `between` runs after each step.
    func archive(
        _ paths: [String]? = nil, excluding: [String] = [], compression: ArchiveCompression = .none, between: () throws -> Void = {}
    ) throws -> (archive: InMemoryArchive, report: FileSetReport) {
        var report = FileSetReport()
        let archive = try InMemoryArchive(compression) { writer in
            let files = FileSetWriter(
                paths: (paths ?? [source]).map { FilePath($0) }, excluding: excluding.map { FilePath($0) }, into: writer)
            while try files.step() { try between() }
            report = files.report
        }
        return (archive, report)
    }

    /// Restores into `target`.
    @discardableResult
    func restore(_ archive: InMemoryArchive, restoringOwners: Bool = false, replacing: Bool = false) throws -> FileSetReport {
        let extractor = try FileSetExtractor(root: FilePath(target), restoringOwners: restoringOwners, replacing: replacing)
        return try extractor.extract(try archive.reader())
    }

    /// Everything that tar would keep of a tree, one line an entry.
    func inventory(_ folder: String) throws -> String {
        try ask(
            folder,
            """
            find . -mindepth 1 -printf '%y %m %U:%G %T@ %n %l %P\\n' | grep -v '^d' | sort -k7
            find . -mindepth 1 -type d -printf '%y %m %U:%G %T@ %P\\n' | sort -k5
            find . -type f -print0 | sort -z | xargs -0 -r sha256sum
            getfacl -R -n . ; find . \\( -type f -o -type d \\) -print0 | sort -z | xargs -0 -r getfattr -h -d -m 'user|security.capability|trusted' -e hex
            """)
    }

    /// How two trees' inventories differ; empty if they do not.
    func difference(_ copy: String) throws -> String {
        let original = temporary.file("inventory")
        try Program.succeed("tee", [original], input: Array(inventory(source).utf8))
        return try Program.run("diff", ["-u", original, "-"], input: Array(inventory(copy).utf8)).output
    }

    /// A tree with one of everything that is kept.
    static let everything = """
        umask 022; mkdir -p a/b/c empty "sp ace" ünï
        printf secretkey0123456 > a/key; chmod 600 a/key
        seq 100000 > a/b/numbers; printf '' > a/b/c/nothing; chmod 555 a/b/c
        printf x > "$(printf 'latin\\344')"; printf y > ünï/$(printf 'e\\314\\201')
        printf z > $(printf 'n%.0s' $(seq 1 255))
        mkdir -p $(printf 'deep%.0s/' $(seq 1 80)); printf d > $(printf 'deep%.0s/' $(seq 1 80))file
        ln -s ../a/key empty/link; ln -s /nowhere dangling; ln a/key a/second; ln a/key ünï/third
        truncate -s 20M sparse; printf middle | dd of=sparse bs=1 seek=10000000 conv=notrunc status=none; truncate -s 5M hole
        setfacl -m u:10000:r,g:999:rw,u:0:rwx a/key; setfacl -m u:12:rx a; setfacl -d -m g:10000:rwx a
        setfattr -n user.comment -v 'näme=1%2' a/key; setfattr -n user.empty a/b; setfattr -n user.binary -v 0x00ff0a00 a/b/numbers
        setfattr -n user.odd%20name=x -v 1 a/key
        touch -d '1969-12-31 23:59:58.5 UTC' a/b/numbers; touch -d '2040-01-01 00:00:00.123456789 UTC' a/b/c/nothing
        touch -h -d '2001-01-01 01:01:01.000000007 UTC' dangling; touch -d '2002-02-02 02:02:02 UTC' a/b/c empty
        """

    /// Owners and what else only root can make.
    static let rootOnly = """
        chown 10000:10000 a/key a/b; chown -h 999:999 dangling; chown 1:2 a/b/numbers; chmod 4755 a/b/numbers
        cp /bin/true capable; setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 capable
        setfattr -n trusted.note -v t a/key
        """
}
