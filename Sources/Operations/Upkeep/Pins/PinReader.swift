import Foundation
import JobEngine
import LocalIO
import OCIImage
import Programs
package import Retention
import SystemPackage

/// Reads the lists of running images. Whatever is doubtful about them blocks what asks for them: a missing pin costs a running image.
package struct PinReader: Sendable {
    /// The most bytes of a list.
    private static let limit = 32 << 20
    /// Clocks of two hosts may differ by this much.
    private static let tolerance: TimeInterval = 300
    /// A file that was not changed for this long is taken for complete.
    private static let rest = Duration.seconds(2)

    private let settings: PinSettings
    private let access: HarborAccess

    /// A reader of `settings`' sources; `access` tells the registry's name and the time.
    package init(settings: PinSettings, access: HarborAccess) {
        self.settings = settings
        self.access = access
    }

    /// Reads every source. Throws ``UpkeepError`` with a ``Refusal`` for a list that is stale, empty, not readable or not understood, and
    /// where all of them together name too few images of this registry.
    package func read() async throws -> PinList {
        let parser = PinText(registries: [access.registry] + settings.registries)
        var sources: [PinList.Source] = []
        var pins: [PinSet.Pin] = []
        for source in settings.sources {
            let (text, written) = try await text(of: source)
            let content = parser.read(text, comments: source.origin.isFile)
            try check(content, source)
            sources.append(
                PinList.Source(name: source.name, written: written, pins: content.own.count, foreign: content.foreign.count))
            pins += content.own.map { PinSet.Pin($0, source: source.name) }
        }
        let list = PinList(sources: sources, pins: PinSet(pins))
        let count = list.references.count
        guard count >= settings.least else {
            let names = ([access.registry] + settings.registries).joined(separator: ", ")
            throw UpkeepError(
                .refused(.pinsEmpty),
                "the lists of pins name \(count) images of this registry (\(names)), and \(settings.least) are the least that is believed",
                remedy: "see what 'opsd pins' lists; other names of this registry belong into 'pins.registries'")
        }
        return list
    }

    private func check(_ content: PinText.Content, _ source: PinSettings.Source) throws {
        guard content.malformed.isEmpty else {
            let words = content.malformed.prefix(3).map { "'\($0.prefix(100))'" }.joined(separator: ", ")
            let more = content.malformed.count > 3 ? " and \(content.malformed.count - 3) more" : ""
            throw UpkeepError(
                .refused(.pinsUnreadable), "\(words)\(more) in the pins of '\(source.name)' is no image reference",
                remedy: "let the list hold references such as registry/project/image:tag alone")
        }
        guard !content.isEmpty else {
            throw UpkeepError(
                .refused(.pinsEmpty), "the list of pins '\(source.name)' is empty",
                remedy: "find out why, or take the source out of 'pins:'")
        }
        // Enough pins of other sources must not hide that a cluster's all have another name now. Who wants none at least has said so.
        guard settings.least == 0 || !content.own.isEmpty else {
            throw UpkeepError(
                .refused(.pinsEmpty), "the list of pins '\(source.name)' names images of other registries alone",
                remedy:
                    "add the names under which its images are pulled from this registry to 'pins.registries', or take the source out of 'pins:'"
            )
        }
    }

    private func text(of source: PinSettings.Source) async throws -> (text: String, written: Date) {
        let bytes: [UInt8]
        let written: Date
        switch source.origin {
        case .file(let path): (bytes, written) = try await file(FilePath(path), source)
        case .command(let words, let limit): (bytes, written) = try await command(words, limit, source)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UpkeepError(.refused(.pinsUnreadable), "the list of pins '\(source.name)' is no text", remedy: "look at what writes it")
        }
        return (text, written)
    }

    private func file(_ path: FilePath, _ source: PinSettings.Source) async throws -> ([UInt8], Date) {
        let bytes = try await wholeFile(path, source)
        let written = Date(timeIntervalSince1970: bytes.status.modified)
        let age = access.wallclock.now.timeIntervalSince(written)
        let limit = Double(settings.greatestAge.components.seconds)
        guard age <= limit else {
            throw UpkeepError(
                .refused(.pinsStale),
                "the list of pins '\(source.name)' (\(path)) is \(Int64(age)) s old, and \(Int64(limit)) s are the most that is believed",
                remedy: "see why nothing writes it any more")
        }
        guard age >= -Self.tolerance else {
            throw UpkeepError(
                .refused(.pinsStale),
                "the list of pins '\(source.name)' (\(path)) is of \(written.formatted(.iso8601)), which is yet to come",
                remedy: "check the clocks")
        }
        return (bytes.content, written)
    }

    /// A list of which a part is missing looks like a whole one, so a file that may still be written is looked at once more. The end of the
    /// last line does not tell: many a list ends without one.
    private func wholeFile(_ path: FilePath, _ source: PinSettings.Source) async throws -> (content: [UInt8], status: FileStatus) {
        let first = try await look(at: path, source)
        let age = access.wallclock.now.timeIntervalSince(Date(timeIntervalSince1970: first.status.modified))
        guard age < Self.rest.seconds else { return first }
        try await access.clock.sleep(for: Self.rest)
        let second = try await look(at: path, source)
        guard second.status == first.status, second.content == first.content else { throw unsettled(path, source) }
        return second
    }

    private func look(at path: FilePath, _ source: PinSettings.Source) async throws -> (content: [UInt8], status: FileStatus) {
        try await onBlockingThread {
            do {
                let status = try FileStatus(path)
                let content = try FileReader.contents(of: path, limit: Self.limit)
                let isWhole = !status.isRegularFile || status.size == content.count
                guard isWhole, try FileStatus(path) == status else { throw unsettled(path, source) }
                return (content, status)
            } catch let error as LocalIOError {
                throw UpkeepError(
                    .refused(.pinsUnreadable), "the list of pins '\(source.name)' cannot be read",
                    remedy: "let something write it, readable for opsd", cause: error)
            }
        }
    }

    private func unsettled(_ path: FilePath, _ source: PinSettings.Source) -> UpkeepError {
        UpkeepError(
            .refused(.pinsUnreadable), "the list of pins '\(source.name)' (\(path)) changes while it is read",
            remedy: "write it under another name and rename it when it is complete, then run this again")
    }

    private func command(_ words: [String], _ limit: Duration, _ source: PinSettings.Source) async throws -> ([UInt8], Date) {
        guard let name = words.first else {
            throw UpkeepError(.configuration, "the command of pins '\(source.name)' is empty", remedy: "name a program in 'run'")
        }
        let call = ProgramCall(name, arguments: Array(words.dropFirst()), limit: limit, outputLimit: Self.limit)
        do {
            return (try await call.output(clock: access.clock), access.wallclock.now)
        } catch let error as ProgramError {
            throw UpkeepError(
                .refused(.pinsUnreadable), "the command of pins '\(source.name)' did not give a list",
                remedy: "run it by hand as the user of opsd", cause: error)
        }
    }
}

extension PinSettings.Source.Origin {
    fileprivate var isFile: Bool {
        switch self {
        case .file: true
        case .command: false
        }
    }
}
