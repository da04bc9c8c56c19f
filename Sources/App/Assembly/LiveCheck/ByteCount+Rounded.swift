extension ByteCount {
    /// For people: in the largest unit that leaves at least one, rounded down.
    var rounded: String {
        let units: [(String, Int64)] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        guard let (name, size) = units.first(where: { bytes >= $0.1 }) else { return "\(bytes) B" }
        return "\(bytes / size) \(name)"
    }
}
