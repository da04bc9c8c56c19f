import Foundation
import HarborLab
import LabServers

/// What the commands tell about a lab.
struct Report {
    private let lab: HarborLab

    init(_ lab: HarborLab) { self.lab = lab }

    /// Writes the report to standard output, one `name: value` a line.
    func print() {
        let database = lab.database
        let lines = [
            "folder: \(lab.path)",
            "database: host=\(database.host) port=\(database.port) dbname=\(database.name) user=\(database.user) password=\(database.password)",
            "superuser: \(lab.cluster.dsn(database: database.name))",
            "database_running: \(lab.cluster.isRunning)",
            "registry: \(lab.registry.url)",
            "registry_running: \(lab.registry.isRunning)",
            "storage: \(lab.storage)",
            "harbor_yml: \(lab.configurationFile)",
            "images: \(lab.images.count)",
        ]
        Swift.print(lines.joined(separator: "\n"))
    }

    /// Tells people something, on standard error.
    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
