internal import LocalIO
package import SystemPackage

/// Where a daemon and its state are found by a configuration file, whatever else is wrong with the file.
package struct RuntimePlaces: Sendable, Equatable {
    /// The unix socket between daemon and commands.
    package let controlSocket: FilePath
    /// Where opsd keeps its journal, catalog and locks.
    package let stateDirectory: FilePath
    /// The lock that the daemon holds as long as it lives.
    package var daemonLock: FilePath { stateDirectory.appending("daemon.lock") }

    /// The places of a configuration that was read.
    package init(_ configuration: Configuration) {
        controlSocket = configuration.controlSocket
        stateDirectory = configuration.stateDirectory
    }

    /// Reads no more of a configuration than the lines that name these places; what no line names is where it is by default. `stateDirectory`
    /// replaces the one of the text.
    package init(scanning text: String, stateDirectory: FilePath? = nil) {
        controlSocket = Self.path("control_socket", in: text) ?? Configuration.defaultControlSocket
        self.stateDirectory = stateDirectory ?? Self.path("state_directory", in: text) ?? Configuration.defaultStateDirectory
    }

    /// As ``init(scanning:stateDirectory:)``, of the file at `path`. Throws ``LocalIOError`` where it cannot be read.
    package init(scanningFileAt path: FilePath, stateDirectory: FilePath?) throws {
        let bytes = try FileReader.contents(of: path, limit: Configuration.sizeLimit)
        self.init(scanning: String(decoding: bytes, as: UTF8.self), stateDirectory: stateDirectory)
    }

    private static func path(_ key: String, in text: String) -> FilePath? {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("\(key):") {
            // A path that is none is one of the file's problems, and has its own words there.
            if let path = try? PlainValues.absolutePath(scalar(line.dropFirst(key.count + 1))) { return path }  // see above
        }
        return nil
    }

    /// A value of one line as YAML has it: quoted, or up to a comment.
    private static func scalar(_ text: Substring) -> String {
        let value = text.drop(while: \.isWhitespace)
        if let quote = value.first, quote == "\"" || quote == "'" { return String(value.dropFirst().prefix { $0 != quote }) }
        let plain = value.firstRange(of: " #").map { value[..<$0.lowerBound] } ?? value
        return plain.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
    }
}
