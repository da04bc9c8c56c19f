/// Numbers as Prometheus reads them back.
enum SampleValue {
    /// The shortest text that is read as exactly `value`. Whole numbers that fit into 64 bits have neither fraction nor exponent: a time should
    /// be readable by people.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.isZero { return value.sign == .minus ? "-0" : "0" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }
}
