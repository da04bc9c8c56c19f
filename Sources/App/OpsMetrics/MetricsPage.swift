/// One answer to Prometheus: samples in, text out.
///
/// The text is Prometheus' exposition format, version 0.0.4, which node_exporter's textfile collector reads too.
package struct MetricsPage: Sendable {
    /// The media type of `text`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    fileprivate struct Family: Sendable {
        let metric: Metric
        var samples: [(labelValues: [String], value: Double)] = []
        /// Where in `samples` the values of these labels are.
        var positions: [[String]: Int] = [:]
    }

    private var families: [String: Family] = [:]

    /// A page without samples.
    package init() {}

    /// Sets one sample, in place of one that was set before. `labelValues` are as many as the metric has labels, and in their order.
    package mutating func set(_ metric: Metric, _ labelValues: String..., to value: Double) {
        set(metric, labelValues: labelValues, to: value)
    }

    /// Sets one sample, in place of one that was set before. `labelValues` are as many as the metric has labels, and in their order.
    package mutating func set(_ metric: Metric, labelValues: [String], to value: Double) {
        precondition(
            labelValues.count == metric.labels.count,
            "\(metric.name) has \(metric.labels.count) labels, and \(labelValues.count) values were given")
        families[metric.name, default: Family(metric: metric)].set(labelValues, to: value)
    }

    /// The page: families in the order of `Metric.all` (others after them, by name), the samples of a family in the order of their first
    /// setting. Ends with a newline unless it is empty.
    package var text: String {
        var page: [UInt8] = []
        page.reserveCapacity(families.values.reduce(0) { $0 + 256 + $1.samples.count * 96 })
        for metric in Metric.all {
            if let family = families[metric.name] { family.append(to: &page) }
        }
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !Self.declared.contains(name) {
            family.append(to: &page)
        }
        return String(decoding: page, as: UTF8.self)
    }

    private static let declared = Set(Metric.all.map(\.name))
}

extension MetricsPage.Family {
    fileprivate mutating func set(_ labelValues: [String], to value: Double) {
        if let position = positions[labelValues] {
            samples[position].value = value
        } else {
            positions[labelValues] = samples.count
            samples.append((labelValues, value))
        }
    }

    fileprivate func append(to page: inout [UInt8]) {
        page += "# HELP \(metric.name) ".utf8
        page.appendEscaped(metric.help, quotes: false)
        page += "\n# TYPE \(metric.name) \(metric.kind.typeName)\n".utf8
        for (labelValues, value) in samples {
            page += metric.name.utf8
            var separator = UInt8(ascii: "{")
            for (label, text) in zip(metric.labels, labelValues) {
                page.append(separator)
                page += label.utf8
                page += "=\"".utf8
                page.appendEscaped(text, quotes: true)
                page.append(UInt8(ascii: "\""))
                separator = UInt8(ascii: ",")
            }
            if !labelValues.isEmpty { page.append(UInt8(ascii: "}")) }
            page.append(UInt8(ascii: " "))
            page += SampleValue.text(value).utf8
            page.append(UInt8(ascii: "\n"))
        }
    }
}

extension [UInt8] {
    /// Help escapes the backslash and the line feed, a label's value the quote too. Bytes, because CR LF is one character to Swift.
    fileprivate mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): self += "\\\\".utf8
            case UInt8(ascii: "\n"): self += "\\n".utf8
            case UInt8(ascii: "\"") where quotes: self += "\\\"".utf8
            default: append(byte)
            }
        }
    }
}
