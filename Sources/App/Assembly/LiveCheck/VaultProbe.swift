import Foundation
import Glibc
import JobEngine
import LocalIO
import OCIImage
import SystemPackage
import Vault

/// Writes a small object into a vault, reads it back and hashes it: at most once a day, since on a target that only adds it stays for ever.
struct VaultProbe: Sendable {
    let target: any BlobTarget
    /// Of the vault, as the configuration has it.
    let name: String
    /// The file that remembers the last probe; in the state directory itself, since a folder that root makes there would be root's.
    let memory: FilePath
    let wallclock: any WallClock

    /// The last probe that was begun.
    private struct Memory: Codable {
        var written: Date
        var object: RandomID
        var sha256: Digest
        /// The target let it be deleted, so it cannot be read again.
        var isDeleted = false
    }

    private static let size = 4096
    private static let interval: TimeInterval = 86_400

    /// The memory could not be written: nothing is known of the vault.
    private struct Forgetful: Error {
        let cause: LocalIOError
    }

    /// The probe's row. Trouble with the memory is the state directory's and no word against the vault.
    func rows() async -> [LiveCheck] {
        let last: Memory?
        do {
            last = try remembered()
        } catch {
            // The row of the state directory tries to write there, and does not see what cannot be read.
            let remedy = "give \(memory) to the user that opsd runs as, or remove it"
            return [
                LiveCheck(.stateDirectory, memory.string, .warning(remedy: remedy), "\(error)"),
                LiveCheck(.probe, name, .skipped, "not written: \(memory), which remembers the last one, cannot be read"),
            ]
        }
        do {
            let now = wallclock.now
            // A time in the future is that of a clock that was wrong: it must not keep the check from ever being made again.
            if let last, last.written <= now, now.timeIntervalSince(last.written) < Self.interval { return [try await repeated(last)] }
            return [try await fresh(at: now)]
        } catch let error as Forgetful {
            return [
                LiveCheck(.probe, name, .skipped, "not written, since the state directory cannot remember it: \(error.cause.errno)")
            ]
        } catch {
            let remedy = "give the folder \(target.location)/probes to opsd's user, then check again"
            return [LiveCheck(.probe, name, failedWith: error, remedy: remedy)]
        }
    }

    /// Crash order: it is remembered first, so that a crash costs a day without a probe and never makes a second one.
    private func fresh(at now: Date) async throws -> LiveCheck {
        let content = (0..<Self.size).map { _ in UInt8.random(in: .min ... .max) }
        var last = Memory(written: now, object: RandomID(), sha256: Digest(of: content))
        try remember(last)
        do {
            try await target.put(content, as: .probe(last.object))
        } catch {
            // Nothing was stored, so the next check may try again. What cannot be forgotten costs a day.
            try? DurableFile.remove(memory)  // see above
            throw error
        }
        if let broken = try await differs(last) { return broken }
        let outcome = "wrote \(Self.size) bytes, read them back, hash right; "
        do {
            try await target.delete(.probe(last.object))
        } catch let error as VaultError {
            // A target that only adds is what a vault should be.
            if error.code == .denied { return LiveCheck(.probe, name, .ok, outcome + "deleting was refused, so it only adds") }
            return LiveCheck(
                .probe, name, .warning(remedy: "see why, if probes pile up in \(target.location)/probes"),
                outcome + "it could not be deleted: \(error.problem)")
        }
        last.isDeleted = true
        // What was remembered before the probe was written still keeps a second one from being made today.
        try? remember(last)  // see above
        return LiveCheck(.probe, name, .ok, outcome + "deleted")
    }

    /// Reading again leaves nothing behind, so what is still there is read as often as asked.
    private func repeated(_ last: Memory) async throws -> LiveCheck {
        let time = last.written.formatted(.iso8601)
        if last.isDeleted { return LiveCheck(.probe, name, .skipped, "probed at \(time), not repeated: one probe a day") }
        do {
            if let broken = try await differs(last) { return broken }
        } catch let error as VaultError where error.code == .notFound {
            // A keeper removed it, or a crash came before it was stored.
            return LiveCheck(.probe, name, .skipped, "probed at \(time), not repeated: one probe a day, and that one is gone")
        }
        return LiveCheck(.probe, name, .ok, "probed at \(time), not repeated: what was written then was read again, hash right")
    }

    private func differs(_ probe: Memory) async throws -> LiveCheck? {
        let read = Digest(of: try await target.contents(of: .probe(probe.object), limit: Self.size))
        guard read != probe.sha256 else { return nil }
        return LiveCheck(
            .probe, name,
            .failed(.damaged, remedy: "do not trust this disk: run 'opsd vault audit --read --vault \(name)' and look at its health"),
            "probes/\(probe.object) was written with the digest \(probe.sha256) and read with \(read)")
    }

    private func remembered() throws -> Memory? {
        do {
            return try FormatJSON.decode(Memory.self, from: try FileReader.contents(of: memory, limit: 1 << 16), what: "\(memory)")
        } catch let error as LocalIOError where error.code == .notFound {
            return nil
        } catch let error as VaultError where error.code == .malformed {
            // A memory that cannot be read is none; at worst a second probe is made.
            return nil
        }
    }

    /// Root that checks for the daemon leaves nothing that the daemon could not read or replace.
    private func remember(_ probe: Memory) throws {
        let bytes = try FormatJSON.encode(probe)
        do {
            try Folder.make(memory.removingLastComponent())
            let folder = try FileStatus(memory.removingLastComponent())
            var file = try DurableFile(memory)
            try file.write(bytes)
            if folder.owner != geteuid() { try file.setOwner(folder.owner, group: folder.group) }
            try file.commit(replacing: true)
        } catch {
            throw Forgetful(cause: error)
        }
    }
}
