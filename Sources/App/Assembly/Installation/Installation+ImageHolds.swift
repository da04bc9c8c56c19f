package import Foundation
import OCIImage
import Retention
package import Upkeep

extension Installation {
    /// The holds on images, also those that have ended. Throws ``UpkeepError`` (`corrupt`).
    package func imageHolds() throws -> ImageHolds { try ImageHolds(stateDirectory: configuration.stateDirectory) }

    /// Holds what `text` names until `end`, whatever rules say. Throws ``RequestError`` (`usage`) for words that hold nothing.
    package func holdImages(_ text: String, owner: String, reason: String, until end: Date) throws -> ImageHolds.Entry {
        guard end > now else { throw RequestError(.usage, "the end of the hold, \(end.formatted(.iso8601)), has passed") }
        for (word, name) in [(owner, "an owner"), (reason, "a reason")] where word.allSatisfy(\.isWhitespace) {
            throw RequestError(.usage, "a hold needs \(name)")
        }
        let hold = ImageHold(try holdTarget(text), owner: owner, reason: reason, end: end)
        let entry = ImageHolds.Entry(hold: hold, created: now, by: Self.ownName)
        var all = try imageHolds()
        try keepingOwner(of: ["holds.json", "holds.lock"]) { try all.add(entry) }
        return entry
    }

    /// Lets go of what `text` names exactly as it was held, for `owner` alone where one is given, and returns what was held.
    ///
    /// Throws ``RequestError``, `notFound` where nothing of that name is held.
    package func releaseImages(_ text: String, owner: String?) throws -> [ImageHolds.Entry] {
        let target = try holdTarget(text)
        var all = try imageHolds()
        let released = try keepingOwner(of: ["holds.json", "holds.lock"]) { try all.release(target, owner: owner) }
        guard !released.isEmpty else {
            let whose = owner.map { " by \($0)" } ?? ""
            throw RequestError(
                .notFound, "nothing is held\(whose) as '\(target)'", remedy: "see 'opsd retention holds', and write it as there")
        }
        return released
    }

    /// A pattern of repositories where the text has a character that only patterns have, else an image.
    private func holdTarget(_ text: String) throws -> ImageHold.Target {
        guard !text.contains(where: { "*?[{".contains($0) }) else {
            do {
                return .repositories(try PatternSubject.repositories.pattern(text))
            } catch {
                throw RequestError(.usage, "'\(text)' \(error.what)", remedy: error.hint ?? "")
            }
        }
        let reference: Reference
        do {
            reference = try Reference(parsing: text)
        } catch {
            throw RequestError(.usage, "'\(text)' names no image: \(error)")
        }
        guard reference.repository.description.contains("/") else {
            throw RequestError(
                .usage, "'\(text)' has no project", remedy: "write it as project/repository, with :tag or @digest for a single image")
        }
        guard let host = reference.host, let own = configuration.harbor?.registry else { return .image(reference) }
        let names = [own] + (configuration.pins?.registries ?? [])
        guard names.contains(where: { $0.lowercased() == host.lowercased() }) else {
            throw RequestError(.usage, "'\(text)' is in another registry than \(own)", remedy: "leave the host out")
        }
        // One spelling for each target, so that it can be released by any.
        return .image(Reference(repository: reference.repository, tag: reference.tag, digest: reference.digest))
    }
}
