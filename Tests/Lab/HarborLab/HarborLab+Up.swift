import Foundation
package import LabServers

extension HarborLab {
    /// Whether this host has all programs that a lab needs.
    package static func available() -> Bool {
        PostgresCluster.available() && RegistryServer.available() && ["openssl", "gzip", "setpriv"].allSatisfy { Program.find($0) != nil }
    }

    /// Makes a lab in a temporary folder (nil means one of its own), and starts it. Throws `LabError`.
    package static func up(in folder: TemporaryFolder? = nil, options: Options = Options()) throws -> HarborLab {
        let folder = try folder ?? TemporaryFolder("opsd-lab")
        return try up(at: folder.path, options: options, folder: folder)
    }

    /// Makes a lab in the folder `path`, which is made if it is missing and must hold no lab. Everybody must be able to enter the folders
    /// above it when we are root, since the servers run as others. Throws `LabError`.
    package static func up(at path: String, options: Options) throws -> HarborLab {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return try up(at: path, options: options, folder: nil)
    }

    /// A lab that `up` left running in the folder `path`. Throws `LabError` when there is none.
    package static func attach(to path: String) throws -> HarborLab {
        let state = try LabState(folder: path)
        let cluster = PostgresCluster.attach(
            to: state.server, port: state.port, password: state.superuserPassword, socketFolder: path + "/postgres",
            binaries: state.binaries)
        let registry = RegistryServer.attach(to: state.registryServer, port: state.registryPort)
        return HarborLab(
            path: path, readerPassword: state.readerPassword, cluster: cluster, registry: registry, images: state.images, folder: nil)
    }

    private static func up(at path: String, options: Options, folder: TemporaryFolder?) throws -> HarborLab {
        guard !FileManager.default.fileExists(atPath: path + "/postgres") else {
            throw LabError(.serverFailed, "\(path) holds a lab already", remedy: "choose another folder, or end that lab and remove it")
        }
        let secretKey = HarborSecretKey()
        let signer = CosignSigner()
        let cluster = try PostgresCluster.start(
            path: path + "/postgres", binaries: options.binaries,
            lifetime: options.isDetached ? .detached : .guarded(removing: folder?.path))
        do {
            let readerPassword = "reader-" + String(UInt64.random(in: .min ... .max), radix: 36)
            let installation = HarborInstallation(path: path)
            try installation.write(secretKey: secretKey, databasePassword: cluster.password, cosignPublicKey: signer.publicKey)
            try prepareDatabase(cluster, secretKey: secretKey, readerPassword: readerPassword)
            try FileManager.default.createDirectory(atPath: path + "/registry-server", withIntermediateDirectories: true)
            let registry = try RegistryServer.start(
                storage: installation.storage, asUser: .harborIfRoot, files: path + "/registry-server",
                lifetime: options.isDetached ? .detached : .guarded(removing: nil))
            do {
                let images = try fill(path, cluster: cluster, registry: registry, signer: signer, options: options)
                try LabState(cluster: cluster, readerPassword: readerPassword, registry: registry, images: images).write(toFolder: path)
                return HarborLab(
                    path: path, readerPassword: readerPassword, cluster: cluster, registry: registry, images: images, folder: folder)
            } catch {
                registry.stop()
                throw error
            }
        } catch {
            cluster.stop()
            throw error
        }
    }

    private static func prepareDatabase(_ cluster: PostgresCluster, secretKey: HarborSecretKey, readerPassword: String) throws {
        try cluster.createDatabase(databaseName)
        try HarborSchema.create(in: cluster, database: databaseName)
        try HarborSchema.seed(cluster, database: databaseName, secretKey: secretKey, adminPassword: "Harbor12345")
        // The predefined role came with PostgreSQL 14.
        try cluster.psql(
            """
            CREATE ROLE opsd LOGIN PASSWORD '\(readerPassword)';
            GRANT CONNECT ON DATABASE \(databaseName) TO opsd;
            SELECT current_setting('server_version_num')::integer >= 140000 AS has_role \\gset
            \\if :has_role
                GRANT pg_read_all_data TO opsd;
            \\else
                GRANT USAGE ON SCHEMA public TO opsd;
                GRANT SELECT ON ALL TABLES IN SCHEMA public TO opsd;
                GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO opsd;
            \\endif
            """, database: databaseName)
    }

    private static func fill(
        _ path: String, cluster: PostgresCluster, registry: RegistryServer, signer: CosignSigner, options: Options
    ) throws -> [LabImage] {
        let folder = RegistryFolder(path: HarborInstallation(path: path).storage)
        var standard = StandardImages(registry: registry, folder: folder, signer: signer)
        try standard.push()
        try cluster.psql("BEGIN;\n\(standard.rows.sql)COMMIT;", database: databaseName)
        try HarborSchema.seedActivity(cluster, database: databaseName)
        if options.scale > 0 {
            let synthetic = SyntheticRepositories(count: options.scale, seed: options.seed)
            try synthetic.write(to: folder, cluster: cluster, database: databaseName, scratch: path + "/synthetic-rows")
            var quotas = ImageRows()
            quotas.refreshQuotas()
            try cluster.psql(quotas.sql, database: databaseName)
            try folder.giveToHarbor()
        }
        return standard.images
    }
}
