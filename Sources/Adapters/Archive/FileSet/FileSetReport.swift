/// What happened to a set of files on its way into or out of an archive.
package struct FileSetReport: Sendable, Codable, Equatable {
    /// Members that are not folders.
    package var files: Int
    /// Bytes of content, holes counted.
    package var bytes: Int64
    /// What was left out or changed underway; empty where all went well.
    package var problems: [FileSetProblem]

    /// Makes a report; the default is an empty one.
    package init(files: Int = 0, bytes: Int64 = 0, problems: [FileSetProblem] = []) {
        self.files = files
        self.bytes = bytes
        self.problems = problems
    }
}

/// Something about one path that is not in the archive, or not as it should be.
package struct FileSetProblem: Sendable, Codable, Equatable, CustomStringConvertible {
    /// What kind of problem it is.
    package enum Kind: Sendable, Codable, Equatable {
        /// It could not be read and is left out.
        case unreadable(reason: String)
        /// It changed while it was read: the archive holds a mixture, cut or filled with zeros to its first size.
        case changed
        /// It is not there, or no more what it was when its folder was listed; it is left out.
        case vanished
        /// It, or an attribute of it, cannot be kept: a socket, pipe or device, or what the filesystem does not take.
        case unsupported(what: String)
    }

    /// As it was named; bytes that are no UTF-8 are replaced.
    package let path: String
    /// What was wrong, with the reason where the system gave one.
    package let kind: Kind

    /// Makes a problem.
    package init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// One sentence that names the path.
    package var description: String {
        switch kind {
        case .unreadable(let reason): "\(path) cannot be read: \(reason)"
        case .changed: "\(path) changed while it was read"
        case .vanished: "\(path) is not there"
        case .unsupported(let what): "\(path): \(what) is not kept"
        }
    }
}
