extension Vault {
    /// Sizes of the packs in the target, by id.
    package func packSizes() async throws -> [RandomID: Int64] {
        var sizes: [RandomID: Int64] = [:]
        for prefix in UInt8.min...UInt8.max {
            for object in try await target.list(.packs(prefix)) {
                if let id = object.name.packID { sizes[id] = object.size }
            }
        }
        return sizes
    }

    /// Packs that are in the target with the size that the catalog knows: what a reader may try.
    package func presentPacks() async throws -> Set<RandomID> {
        let sizes = try await packSizes()
        return Set(try await catalog.packs().filter { sizes[$0.id] == $0.object.size }.map(\.id))
    }
}
