internal import CLibarchive
internal import Glibc
internal import LocalIO
package import SystemPackage

/// Archives files and folders of this host as members without their leading `/`, with mode, owner, ACL, extended attributes, links and holes.
///
/// The order is that of the names' bytes, so equal trees give equal archives. Links are kept as links; where a given path itself is one, what
/// it leads to is archived too, under its own name: a certificate path is often a link, and the link alone would restore nothing.
package final class FileSetWriter {
    /// A folder being walked; its names in reverse order, the next one last.
    private struct Level {
        let folder: OpenFile
        var names: [FilePath.Component]
    }

    private let writer: ArchiveWriter
    private var roots: FileSetRoots
    private var levels: [Level] = []
    private var current: FileCopy?
    private var firstNames: [FileIdentity: FilePath] = [:]
    private let members = MemberMetadata()

    /// What was archived so far, and what could not be.
    package private(set) var report = FileSetReport()

    /// Makes a writer of `paths`; a path in or beneath one of `excluding` is left out without a word, and no path is archived twice.
    package init(paths: [FilePath], excluding: [FilePath], into writer: ArchiveWriter) {
        self.writer = writer
        roots = FileSetRoots(paths, excluding: excluding)
    }

    /// Does a bounded piece of work (a MiB of content, or some hundred members), so that the caller can drain the writer; false when done.
    ///
    /// What is wrong with a file goes into ``report``; thrown is only what breaks the archive.
    package func step() throws -> Bool {
        var written = 0
        for _ in 0..<256 where written < 1 << 20 {
            if let copy = current {
                written += try copy.step()
                if copy.isDone { try finish(copy) }
            } else if let level = levels.last, let name = level.names.last {
                levels[levels.count - 1].names.removeLast()
                try archive(name, in: level.folder)
            } else if !levels.isEmpty {
                levels.removeLast()
            } else if let root = roots.next() {
                try start(root)
            } else {
                return false
            }
        }
        return true
    }

    private func start(_ root: FilePath) throws {
        do {
            guard let name = root.lastComponent else {
                // The filesystem's own root has no name and no member; its contents do.
                let folder = try OpenFile(root, O_RDONLY | O_DIRECTORY)
                levels.append(Level(folder: folder, names: try folder.names().reversed()))
                return
            }
            var parent = root.removingLastComponent()
            if parent.isEmpty { parent = "." }
            // The way to a given path may lead over links: the operator named it so. A link as its last part is a member.
            let folder = try OpenFile(parent.pushing(FilePath(".")), O_RDONLY | O_DIRECTORY)
            try archive(name, in: folder, path: root, isRoot: true)
        } catch let failure as LocalIOError {
            note(root, failure)
        }
    }

    private func archive(_ name: FilePath.Component, in folder: OpenFile, path: FilePath? = nil, isRoot: Bool = false) throws {
        let path = path ?? folder.path.appending(name)
        guard isRoot || !roots.leavesOut(path) else { return }
        do {
            let status = try folder.status(of: name)
            switch status.st_mode & Glibc.S_IFMT {
            case Glibc.S_IFREG: try archiveFile(name, in: folder, path)
            case Glibc.S_IFDIR: try archiveFolder(name, in: folder, path)
            case Glibc.S_IFLNK:
                let target = try folder.target(of: name)
                try write(members.link(path, status, target))
                report.files += 1
                if isRoot { roots.add(path.removingLastComponent().pushing(target)) }
            case Glibc.S_IFIFO: note(path, .unsupported(what: "pipe"))
            case Glibc.S_IFSOCK: note(path, .unsupported(what: "socket"))
            default: note(path, .unsupported(what: "device"))
            }
        } catch let failure as LocalIOError {
            note(path, failure)
        }
    }

    private func archiveFolder(_ name: FilePath.Component, in parent: OpenFile, _ path: FilePath) throws {
        let folder = try OpenFile(name, in: parent, O_RDONLY | O_DIRECTORY, path: path)
        let names = try folder.names()
        let (entry, problems) = try members.opened(folder, try folder.status())
        try write(entry)
        for problem in problems { note(path, problem) }
        levels.append(Level(folder: folder, names: names.reversed()))
    }

    private func archiveFile(_ name: FilePath.Component, in folder: OpenFile, _ path: FilePath) throws {
        // Without O_NONBLOCK, a pipe that took the file's place meanwhile would hold us until somebody writes to it.
        let file = try OpenFile(name, in: folder, O_RDONLY | O_NONBLOCK, path: path)
        let status = try file.status()
        guard status.st_mode & Glibc.S_IFMT == Glibc.S_IFREG else { return note(path, .vanished) }
        let identity = FileIdentity(status)
        if status.st_nlink > 1, let first = firstNames[identity] {
            try write(members.hardLink(path, status, to: first))
            report.files += 1
            return
        }
        // Read before the header is written: a file that cannot be read at all must leave no member.
        let copy = try FileCopy(file, status, into: writer)
        let (entry, problems) = try members.opened(file, status)
        copy.map?.add(to: entry)
        try writer.begin(entry)
        for problem in problems { note(path, problem) }
        if status.st_nlink > 1 { firstNames[identity] = path }
        current = copy
    }

    private func finish(_ copy: FileCopy) throws {
        current = nil
        try writer.endEntry()
        report.files += 1
        report.bytes += copy.size
        if copy.hasChanged() { note(copy.file.path, .changed) }
    }

    private func write(_ entry: EntryHandle) throws {
        try writer.begin(entry)
        try writer.endEntry()
    }

    private func note(_ path: FilePath, _ failure: LocalIOError) {
        switch failure.code {
        // ELOOP: a link took the place of what was listed as a file or folder.
        case .notFound: note(path, .vanished)
        default: note(path, failure.errno == .tooManySymbolicLinkLevels ? .vanished : .unreadable(reason: failure.description))
        }
    }

    private func note(_ path: FilePath, _ kind: FileSetProblem.Kind) {
        report.problems.append(FileSetProblem(path: path.string, kind: kind))
    }
}

/// What makes two names the same file.
struct FileIdentity: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
