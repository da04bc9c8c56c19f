import Foundation
import OCIImage
import Retention
import Upkeep

/// What `opsd pins` prints.
struct PinsDocument: Encodable {
    struct Source: Encodable {
        let name: String
        let written: Date
        let ageSeconds: Int64
        let images: Int
        /// References to other registries.
        let foreign: Int
    }

    struct Pin: Encodable {
        let image: String
        let source: String
        /// `present`, `absent` or `denied`; nil where nobody asked.
        var state: String?
        var digest: String?
        /// Why it cannot be pulled, where the registry says so.
        var reason: String?
    }

    let sources: [Source]
    let pins: [Pin]

    init(_ list: PinList, _ result: PinCheck.Result?, now: Date) {
        sources = list.sources.map {
            Source(
                name: $0.name, written: $0.written, ageSeconds: Int64(max(0, now.timeIntervalSince($0.written))), images: $0.pins,
                foreign: $0.foreign)
        }
        var states: [PinSet.Pin: Pin] = [:]
        for (pin, digest) in result?.present ?? [] { states[pin] = Self.pin(pin, "present", digest: digest) }
        for pin in result?.absent ?? [] { states[pin] = Self.pin(pin, "absent") }
        for (pin, reason) in result?.denied ?? [] { states[pin] = Self.pin(pin, "denied", reason: reason) }
        pins = list.pins.pins.map { states[$0] ?? Self.pin($0, nil) }
    }

    private static func pin(_ pin: PinSet.Pin, _ state: String?, digest: Digest? = nil, reason: String? = nil) -> Pin {
        Pin(image: "\(pin.reference)", source: pin.source, state: state, digest: digest.map { "\($0)" }, reason: reason)
    }

    /// The lists, then the images; with their state where the registry was asked.
    var text: String {
        var lists = Table("LIST", "WRITTEN", "AGE", "IMAGES", "OTHER REGISTRIES")
        for source in sources {
            lists.add(
                source.name, HumanText.time(source.written), HumanText.seconds(Double(source.ageSeconds)), "\(source.images)",
                "\(source.foreign)")
        }
        guard !pins.isEmpty else { return lists.text + "\nno image of this registry\n" }
        guard pins.contains(where: { $0.state != nil }) else {
            var images = Table("IMAGE", "LIST")
            for pin in pins { images.add(pin.image, pin.source) }
            return lists.text + "\n" + images.text
        }
        var images = Table("STATE", "IMAGE", "LIST", "DETAIL")
        for pin in pins { images.add((pin.state ?? "").uppercasedUnless("present"), pin.image, pin.source, pin.reason ?? pin.digest ?? "") }
        return lists.text + "\n" + images.text
    }
}

extension String {
    fileprivate func uppercasedUnless(_ fine: String) -> String { self == fine ? self : uppercased() }
}
