internal import LocalIO
package import SystemPackage

/// Where a secret stands: the configuration names it, nobody writes it there. It is read when it is needed.
package struct SecretReference: Hashable, Sendable, CustomStringConvertible {
    /// The two places that a secret may come from.
    package enum Place: Hashable, Sendable {
        /// A file that systemd's `LoadCredential=` put into `$CREDENTIALS_DIRECTORY`.
        case credential(String)
        /// A regular file of mode 0600 or stricter.
        case file(FilePath)
    }

    /// Where it stands.
    package let place: Place

    /// Names a place.
    package init(_ place: Place) {
        self.place = place
    }

    /// A bare name is a credential, an absolute path a file.
    init(parsing text: String) throws(MalformedValue) {
        if text.hasPrefix("/") {
            place = .file(try PlainValues.absolutePath(text))
            return
        }
        let isName =
            !text.isEmpty && text.utf8.count <= 255 && text.first != "." && text.first != "-"
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        guard isName else {
            // Somebody may have written the secret itself here.
            throw MalformedValue(
                "must be the name of a credential or an absolute path (the value is not shown: it may be a secret)",
                hint: "name a file with mode 0600, or a credential of 'LoadCredential='", isSecret: true)
        }
        place = .credential(text)
    }

    /// As the configuration writes it; the place is no secret.
    package var description: String {
        switch place {
        case .credential(let name): name
        case .file(let path): path.string
        }
    }

    /// The file that holds the secret.
    ///
    /// Throws ``ConfigurationError`` where a credential is named and `environment` has no `CREDENTIALS_DIRECTORY`.
    package func path(environment: [String: String]) throws -> FilePath {
        switch place {
        case .file(let path): return path
        case .credential(let name):
            guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else {
                throw Self.failure(
                    name, "is a credential, but CREDENTIALS_DIRECTORY is not set",
                    hint: "start opsd by systemd with 'LoadCredential=\(name):/path/to/file', or give an absolute path instead")
            }
            return FilePath(folder).appending(name)
        }
    }

    /// Longer than any key or token: a wrong path must not fill the memory.
    private static let limit = 64 << 10

    /// Reads the secret and removes one trailing newline.
    ///
    /// Throws ``ConfigurationError`` with code `secret` where the file is missing, empty, no regular file, or open to group or others.
    package func read(environment: [String: String]) throws -> Secret {
        let path = try path(environment: environment)
        let status: FileStatus
        var bytes: [UInt8]
        do {
            status = try FileStatus(path)
            guard status.isRegularFile else { throw Self.failure(path.string, "is not a regular file", hint: nil) }
            try checkMode(of: path, status)
            bytes = try FileReader.contents(of: path, limit: Self.limit)
        } catch let error as LocalIOError {
            throw Self.failure(path.string, "cannot be read: \(error.errno)", hint: hint(after: error.code))
        }
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        guard !bytes.isEmpty else { throw Self.failure(path.string, "is empty", hint: "write the secret into it") }
        return Secret(bytes: bytes)
    }

    private func checkMode(of path: FilePath, _ status: FileStatus) throws {
        switch place {
        case .credential:
            // systemd guards the folder, and lets the service in by an ACL, whose mask stat(2) shows as the group's bits.
            return
        case .file:
            let mode = status.permissions.rawValue
            guard mode & 0o077 != 0 else { return }
            throw Self.failure(
                path.string, "has mode 0\(String(mode, radix: 8)): others may read this secret",
                hint: "run 'chmod 0600 \(path)', and replace the secret if others had access to this host")
        }
    }

    private func hint(after code: LocalIOError.Code) -> String? {
        switch (code, place) {
        case (.notFound, .credential(let name)): "add 'LoadCredential=\(name):/path/to/file' to the unit"
        case (.notFound, .file): "make it, or mend its path in the configuration"
        case (.denied, _): "opsd's user must own it"
        case (.exists, _), (.full, _), (.busy, _), (.failed, _): nil
        }
    }

    private static func failure(_ file: String, _ what: String, hint: String?) -> ConfigurationError {
        ConfigurationError(.secret, [ConfigurationProblem(file: file, what: what, hint: hint)])
    }
}
