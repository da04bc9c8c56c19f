import Testing

@testable import OpsMetrics

@Suite("Numbers as Prometheus reads them back")
struct SampleValueTests {
    @Test(
        "a number has one text",
        arguments: [
            (0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (1_700_000_000, "1700000000"), (1e15, "1000000000000000"),
            (9_007_199_254_740_992, "9007199254740992"), (1_700_000_000.25, "1700000000.25"), (0.1, "0.1"), (0.3, "0.3"), (1e-7, "1e-07"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (-.nan, "NaN"), (.signalingNaN, "NaN"),
        ] as [(Double, String)])
    func texts(_ value: Double, _ text: String) {
        #expect(SampleValue.text(value) == text)
    }

    @Test(
        "numbers at the edges are read back as they were",
        arguments: [
            Double.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p53, 0x1p63,
            -0x1p63,
            0x1p64, 1e22, 1e23, 0x1.fffffffffffffp62,
        ])
    func edges(_ value: Double) {
        #expect(Double(SampleValue.text(value)) == value)
    }

    @Test("any number is read back as it was")
    func roundTrips() {
        var bits = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let value = Double(bitPattern: bits.next())
            guard value.isFinite else { continue }
            let whole = value.exponent < 70 ? value.rounded() : value
            #expect(Double(SampleValue.text(value))?.bitPattern == value.bitPattern, "\(value.bitPattern)")
            #expect(Double(SampleValue.text(whole))?.bitPattern == whole.bitPattern, "\(whole.bitPattern)")
        }
    }
}
