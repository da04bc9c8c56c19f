internal import CLibarchive
internal import Glibc
internal import LocalIO
package import SystemPackage

/// Writes the members of an archive beneath a folder, with mode, ACL, extended attributes, links, holes and time.
///
/// No step follows a symbolic link, whether the archive brought it or it was there before; nothing is written outside of the root.
/// A file appears under its name whole or not at all. One that is there already is kept where its content is the same (it then gets
/// the recorded attributes, so a second run completes an interrupted one), and is otherwise an error of code `exists`.
package final class FileSetExtractor {
    private let root: OpenFile
    private let attributes: AttributeRestorer
    private let isReplacing: Bool
    private var lastFolder: (path: FilePath, folder: OpenFile)?
    /// Folders wait for their attributes: a read-only one could not be filled, and filling one changes its time.
    private var folders: [ArchiveReader.Member] = []
    private var report = FileSetReport()

    /// Opens `root`, which is made (only for its owner) where it is missing; a link there is followed.
    ///
    /// With `restoringOwners`, files get the recorded numeric owner and group, set-id bits and capabilities, which needs the right
    /// to do so; without, they are the caller's and those are left out. With `replacing`, differing files and links give way.
    package init(root: FilePath, restoringOwners: Bool, replacing: Bool = false) throws {
        try Folder.make(root)
        self.root = try OpenFile(root.pushing(FilePath(".")), O_RDONLY | O_DIRECTORY)
        attributes = AttributeRestorer(restoringOwners: restoringOwners)
        isReplacing = replacing
    }

    /// Restores all members and makes them durable.
    ///
    /// Thrown is what stops the work: a damaged or unsafe archive, a file in the way, a full disk. What was restored before stays.
    /// Attributes that this filesystem or user cannot take are in the report.
    package func extract(_ reader: ArchiveReader) throws -> FileSetReport {
        report = FileSetReport()
        folders = []
        lastFolder = nil
        while let member = try reader.nextMember() {
            guard let name = member.path.lastComponent else { continue }
            let folder = try self.folder(member.path.removingLastComponent())
            switch member.kind {
            case .folder:
                _ = try subfolder(name, of: folder)
                folders.append(member)
                continue
            case .file: try restoreFile(member, name, in: folder, from: reader)
            case .symbolicLink(let target): try restoreLink(member, name, in: folder, to: target)
            case .hardLink(let target): try restoreHardLink(name, in: folder, to: target)
            }
            report.files += 1
        }
        // Deepest first: a parent may lose the permission that reaching its children needs.
        for member in folders.reversed() {
            let folder = try self.folder(member.path)
            note(member.path, try attributes.apply(member.entry, to: folder))
        }
        try Folder.syncFilesystem(of: root.path)
        return report
    }

    // MARK: Folders

    /// The folder at `path` beneath the root, made where it is missing.
    private func folder(_ path: FilePath) throws -> OpenFile {
        if let last = lastFolder, last.path == path { return last.folder }
        var folder = root
        for component in path.components { folder = try subfolder(component, of: folder) }
        lastFolder = (path, folder)
        return folder
    }

    private func subfolder(_ name: FilePath.Component, of folder: OpenFile) throws -> OpenFile {
        let made = name.withPlatformString { mkdirat(folder.descriptor, $0, 0o755) }
        if made != 0, errno != EEXIST { throw folder.failure("create folder", name) }
        do {
            return try OpenFile(name, in: folder, O_RDONLY | O_DIRECTORY)
        } catch {
            guard error.errno == .notDirectory || error.errno == .tooManySymbolicLinkLevels else { throw error }
            throw ArchiveError(
                .unsafe, "\(error.path) is a link or file where the archive has a folder", remedy: "restore into an empty folder")
        }
    }

    // MARK: Files

    private func restoreFile(_ member: ArchiveReader.Member, _ name: FilePath.Component, in folder: OpenFile, from reader: ArchiveReader)
        throws
    {
        let temporary = try Self.temporaryName()
        let file = try OpenFile(temporary, in: folder, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        defer { temporary.withPlatformString { _ = unlinkat(folder.descriptor, $0, 0) } }
        try reader.readBlocks { bytes, offset in try Self.write(bytes, at: offset, to: file) }
        guard ftruncate(file.descriptor, off_t(member.entry.size)) == 0 else { throw file.failure("set size of") }
        report.bytes += member.entry.size
        let problems = try attributes.apply(member.entry, to: file)
        note(member.path, problems)
        // A link under the final name, and then no more under the other: unlike a rename it never replaces.
        if temporary.withPlatformString({ old in
            name.withPlatformString { linkat(folder.descriptor, old, folder.descriptor, $0, 0) }
        }) == 0 {
            return
        }
        guard errno == EEXIST else { throw folder.failure("publish", name) }
        if let present = try equalFile(name, in: folder, to: file) {
            _ = try attributes.apply(member.entry, to: present)
        } else {
            try replace(name, by: temporary, in: folder)
        }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64, to file: OpenFile) throws(LocalIOError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(file.descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + done)
            if count < 0 {
                if errno == EINTR { continue }
                throw file.failure("write")
            }
            done += count
        }
    }

    /// The file that stands under `name`, if it is a plain one with the same content.
    private func equalFile(_ name: FilePath.Component, in folder: OpenFile, to new: OpenFile) throws -> OpenFile? {
        guard try folder.status(of: name).st_mode & Glibc.S_IFMT == Glibc.S_IFREG else { return nil }
        let present = try OpenFile(name, in: folder, O_RDONLY | O_NONBLOCK)
        let status = try present.status()
        guard status.st_mode & Glibc.S_IFMT == Glibc.S_IFREG, status.st_size == (try new.status().st_size) else { return nil }
        var offset: off_t = 0
        while offset < status.st_size {
            let (mine, theirs) = (try Self.piece(of: new, at: offset), try Self.piece(of: present, at: offset))
            guard mine == theirs, !mine.isEmpty else { return nil }
            offset += mine.count
        }
        return present
    }

    private static func piece(of file: OpenFile, at offset: off_t) throws(LocalIOError) -> [UInt8] {
        let limit = 1 << 20
        var got = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { space, filled in
            repeat { got = pread(file.descriptor, space.baseAddress, limit, offset) } while got < 0 && errno == EINTR
            filled = max(0, got)
        }
        guard got >= 0 else { throw file.failure("read") }
        return bytes
    }

    // MARK: Links

    private func restoreLink(
        _ member: ArchiveReader.Member, _ name: FilePath.Component, in folder: OpenFile, to target: FilePath
    ) throws {
        func make(_ name: FilePath.Component) -> Int32 {
            target.withPlatformString { text in name.withPlatformString { symlinkat(text, folder.descriptor, $0) } }
        }
        if make(name) != 0 {
            guard errno == EEXIST else { throw folder.failure("create link", name) }
            let present = try folder.status(of: name)
            let isSame = try present.st_mode & Glibc.S_IFMT == Glibc.S_IFLNK && folder.target(of: name) == target
            if !isSame {
                let temporary = try Self.temporaryName()
                guard make(temporary) == 0 else { throw folder.failure("create link", temporary) }
                defer { temporary.withPlatformString { _ = unlinkat(folder.descriptor, $0, 0) } }
                try replace(name, by: temporary, in: folder)
            }
        }
        try attributes.applyToLink(member.entry, name, in: folder)
    }

    private func restoreHardLink(_ name: FilePath.Component, in folder: OpenFile, to target: FilePath) throws {
        guard let targetName = target.lastComponent else { throw ArchiveError(.unsafe, "a hard link leads to the archive's root") }
        var targetFolder = root
        for component in target.removingLastComponent().components {
            targetFolder = try OpenFile(component, in: targetFolder, O_RDONLY | O_DIRECTORY)
        }
        let status = try targetFolder.status(of: targetName)
        guard status.st_mode & Glibc.S_IFMT == Glibc.S_IFREG else {
            throw ArchiveError(.unsafe, "hard link \(folder.path.appending(name)) leads to \(target), which is no file")
        }
        func make(_ name: FilePath.Component) -> Int32 {
            targetName.withPlatformString { old in
                name.withPlatformString { linkat(targetFolder.descriptor, old, folder.descriptor, $0, 0) }
            }
        }
        if make(name) == 0 { return }
        guard errno == EEXIST else { throw folder.failure("create hard link", name) }
        guard FileIdentity(try folder.status(of: name)) != FileIdentity(status) else { return }
        let temporary = try Self.temporaryName()
        guard make(temporary) == 0 else { throw folder.failure("create hard link", temporary) }
        defer { temporary.withPlatformString { _ = unlinkat(folder.descriptor, $0, 0) } }
        try replace(name, by: temporary, in: folder)
    }

    // MARK: Names

    private func replace(_ name: FilePath.Component, by temporary: FilePath.Component, in folder: OpenFile) throws {
        guard isReplacing else {
            throw ArchiveError(
                .exists, "\(folder.path.appending(name)) is there already and differs from the archive",
                remedy: "restore into an empty folder")
        }
        let answer = temporary.withPlatformString { old in
            name.withPlatformString { renameat(folder.descriptor, old, folder.descriptor, $0) }
        }
        guard answer == 0 else { throw folder.failure("replace", name) }
    }

    private static func temporaryName() throws(ArchiveError) -> FilePath.Component {
        let text = ".opsd-\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp"
        guard let name = FilePath.Component(text) else { throw ArchiveError(.failed, "cannot name a temporary file") }
        return name
    }

    private func note(_ path: FilePath, _ kinds: [FileSetProblem.Kind]) {
        report.problems += kinds.map { FileSetProblem(path: path.string, kind: $0) }
    }
}
