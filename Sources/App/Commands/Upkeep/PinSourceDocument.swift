import Foundation
import Upkeep

/// A list of running images, in JSON.
struct PinSourceDocument: Encodable {
    let name: String
    let written: Date
    let images: Int
    let foreign: Int

    init(_ source: PinList.Source) {
        name = source.name
        written = source.written
        images = source.pins
        foreign = source.foreign
    }

    init(_ source: PlanHeader.Pins.Source) {
        name = source.name
        written = source.written
        images = source.pins
        foreign = source.foreign
    }
}
