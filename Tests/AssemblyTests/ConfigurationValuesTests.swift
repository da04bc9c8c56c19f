import Foundation
import Testing

@testable import Assembly

@Suite("Values of the configuration")
struct ConfigurationValuesTests {
    @Test(
        "durations are read and written",
        arguments: [
            ("90s", 90, "1m30s"), ("15m", 900, "15m"), ("6h", 21_600, "6h"), ("7d", 604_800, "7d"), ("1h30m", 5_400, "1h30m"),
            ("1d1s", 86_401, "1d1s"), ("0s", 0, "0s"), ("36525d", 3_155_760_000, "36525d"),
        ])
    func durations(text: String, seconds: Int, written: String) throws {
        #expect(try DurationText.parse(text) == .seconds(seconds))
        #expect(DurationText.text(.seconds(seconds)) == written)
    }

    @Test(
        "other durations are refused",
        arguments: [
            "", "5", "h", "-5m", "1.5h", "5 m", "5M", "30m1h", "1h1h", "1w", "99999999999999999999s", "36526d", "36525d1s", "٣m", "1h ",
        ])
    func wrongDurations(text: String) {
        #expect(throws: MalformedValue.self) { try DurationText.parse(text) }
    }

    @Test("every duration is read back as it was written", arguments: [0, 1, 59, 60, 61, 3_600, 3_661, 86_399, 86_400, 90_061, 31_536_000])
    func durationRoundTrip(seconds: Int) throws {
        #expect(try DurationText.parse(DurationText.text(.seconds(seconds))) == .seconds(seconds))
    }

    @Test(
        "sizes are read and written",
        arguments: [
            ("64MiB", 67_108_864, "64MiB"), ("1024KiB", 1_048_576, "1MiB"), ("5 GiB", 5_368_709_120, "5GiB"), ("1kB", 1000, "1000B"),
            ("2TB", 2_000_000_000_000, "1953125000KiB"), ("0B", 0, "0B"), ("1TiB", 1 << 40, "1TiB"),
        ])
    func sizes(text: String, bytes: Int64, written: String) throws {
        #expect(try ByteCount(parsing: text).bytes == bytes)
        #expect(ByteCount(bytes: bytes).description == written)
    }

    @Test(
        "other sizes are refused",
        arguments: ["", "64", "MiB", "-1MiB", "64M", "1.5GiB", "9223372036854775807KiB", "99999999999999999999B", "64MiBs"])
    func wrongSizes(text: String) {
        #expect(throws: MalformedValue.self) { try ByteCount(parsing: text) }
    }

    @Test(
        "percentages are parts of the whole",
        arguments: [("20%", 0.2), ("100%", 1), ("0.5%", 0.005), ("12.5%", 0.125), ("007%", 0.07)])
    func percentages(text: String, part: Double) throws {
        #expect(try PlainValues.percentage(text) == part)
    }

    @Test(
        "other percentages are refused",
        arguments: [
            "", "%", "20", "0.2", "0%", "0.0%", "100.1%", "-5%", "+5%", "5 %", "1e1%", ".5%", "5.%", "1.2.3%", "nan%", "inf%", "٣%",
        ])
    func wrongPercentages(text: String) {
        #expect(throws: MalformedValue.self) { try PlainValues.percentage(text) }
    }

    @Test("rates are numbers a minute", arguments: [("60/m", 60), ("1/m", 1), ("10000/m", 10_000)])
    func rates(text: String, number: Int) throws {
        #expect(try PlainValues.perMinute(text) == number)
    }

    @Test("other rates are refused", arguments: ["", "/m", "60", "60/s", "0/m", "-1/m", "+1/m", "10001/m", "1.5/m", "60/min", "60 /m"])
    func wrongRates(text: String) {
        #expect(throws: MalformedValue.self) { try PlainValues.perMinute(text) }
    }

    @Test(
        "other moments are refused",
        arguments: [
            "", "soon", "2027", "2027-1-1", "2027-02-30", "2027-13-01", "2027-01-01T", "2027-01-01T25:00:00Z", "2027-01-01 04:00:00Z",
            "2027-01-01T04:00:00", "2027-01-01T04:00:00+01:00", "2027-02-29T04:00:00Z", "2027-01-01 ", "27-01-01",
        ])
    func wrongMoments(text: String) {
        #expect(throws: MalformedValue.self) { try PlainValues.moment(in: .gmt)(text) }
    }

    @Test(
        "addresses to listen on",
        arguments: [
            ("127.0.0.1:9464", "127.0.0.1", 9464, true), ("127.9.9.9:1", "127.9.9.9", 1, true), ("[::1]:9464", "::1", 9464, true),
            ("localhost:80", "localhost", 80, true), ("0.0.0.0:9464", "0.0.0.0", 9464, false), ("[::]:65535", "::", 65535, false),
            ("192.0.2.1:9464", "192.0.2.1", 9464, false),
        ])
    func addresses(text: String, host: String, port: Int, isLoopback: Bool) throws {
        let address = try ListenAddress(parsing: text)
        #expect(address.host == host && address.port == port && address.isLoopback == isLoopback && address.description == text)
    }

    @Test(
        "other addresses are refused",
        arguments: [
            "", "9464", ":9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:9464", "[::1]", "host:9464", "[127.0.0.1]:1",
            "127.0.0.1:+80", "127.1:80",
        ])
    func wrongAddresses(text: String) {
        #expect(throws: MalformedValue.self) { try ListenAddress(parsing: text) }
    }

    @Test("names are safe in object names and labels", arguments: ["main", "keys", "a", "off-site_2", "0"])
    func names(text: String) throws {
        #expect(try PlainValues.safeName(text) == text)
    }

    @Test(
        "other names are refused",
        arguments: ["", "Main", "a.b", "a/b", "..", "-a", "_a", "a b", "ä", "a\n", String(repeating: "a", count: 41)])
    func wrongNames(text: String) {
        #expect(throws: MalformedValue.self) { try PlainValues.safeName(text) }
    }

    @Test("shares", arguments: [("1/7", 1, 7), ("1/1", 1, 1), ("3/10", 3, 10)])
    func shares(text: String, part: Int, whole: Int) throws {
        #expect(try JobWork.Share(parsing: text) == .init(part: part, whole: whole))
    }

    @Test("other shares are refused", arguments: ["", "1", "0/7", "8/7", "1/0", "1/7/2", "/", "-1/7", "a/b", "1/99999999999999999999"])
    func wrongShares(text: String) {
        #expect(throws: MalformedValue.self) { try JobWork.Share(parsing: text) }
    }
}

@Suite("A damaged configuration")
struct ConfigurationMutationTests {
    /// A small generator, so that a failure can be repeated by its seed.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ (state >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        }
    }

    @Test("never crashes the parser, and each problem has a place that the file has", arguments: 1...8 as ClosedRange<UInt64>)
    func mutations(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let samples = [
            ConfigurationSamples.writer, ConfigurationSamples.recovery, HarborYAMLTests.full,
            ConfigurationSamples.withKeys(try ConfigurationSamples.shipped("opsd.yaml")),
        ]
        let pieces = [
            "{", "}", "[", "]", ":", "\n", " ", "\t", "- ", "#", "\"", "'", "&a ", "*a", "? ", "|\n", "!!x ", "\u{0}", "\u{85}", "é",
            "\u{1F600}", "---\n", "~", "<<: ", "%", "\r",
        ]
        for round in 0..<60 {
            var scalars = Array(samples[round % samples.count].unicodeScalars)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let at = Int.random(in: 0..<scalars.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: scalars.removeSubrange(at..<min(scalars.count, at + Int.random(in: 1...30, using: &generator)))
                case 1: scalars.insert(contentsOf: (pieces.randomElement(using: &generator) ?? "x").unicodeScalars, at: at)
                case 2:
                    let end = min(scalars.count, at + Int.random(in: 1...200, using: &generator))
                    scalars.insert(contentsOf: scalars[at..<end], at: Int.random(in: 0..<scalars.count, using: &generator))
                default: scalars.swapAt(at, Int.random(in: 0..<scalars.count, using: &generator))
                }
                if scalars.isEmpty { scalars = ["x"] }
            }
            let text = String(String.UnicodeScalarView(scalars))
            let lines = SourceText(text, file: "x").lines.count
            for problem in ConfigurationSamples.problems(text) {
                #expect(problem.line <= lines && !problem.description.isEmpty, "seed \(seed), round \(round): \(problem)")
            }
            do {
                _ = try HarborYAML(parsing: text)
            } catch {
                #expect(!error.problems.isEmpty, "seed \(seed), round \(round)")
            }
        }
    }
}
