/// A name taken apart once, to be matched against several patterns.
struct PatternName {
    /// Its Unicode scalars.
    let scalars: ContiguousArray<UInt32>

    /// Takes a name apart.
    init(_ name: String) {
        var scalars = ContiguousArray<UInt32>()
        scalars.reserveCapacity(name.utf8.count)
        for scalar in name.unicodeScalars { scalars.append(scalar.value) }
        self.scalars = scalars
    }
}
