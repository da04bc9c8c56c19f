internal import CLibarchive
internal import Glibc
internal import LocalIO
internal import SystemPackage

/// Gives restored files what the archive recorded beside their content.
struct AttributeRestorer {
    let restoringOwners: Bool

    /// Sets owner, mode, ACL, extended attributes and time of an open file or folder; returns what it cannot take here.
    ///
    /// In this order: a new owner clears set-id bits and capabilities, a mode would change an ACL's mask, and all of it touches the times.
    func apply(_ member: EntryHandle, to file: OpenFile) throws -> [FileSetProblem.Kind] {
        var mode = member.permissions.rawValue
        if restoringOwners {
            guard fchown(file.descriptor, member.owner, member.group) == 0 else { throw file.failure("set owner of") }
        } else {
            // Set-id bits would now lend the rights of whoever restores.
            mode &= 0o1777
        }
        guard fchmod(file.descriptor, mode) == 0 else { throw file.failure("set mode of") }
        let carried = ExtendedAttributes.carried(by: member)
        let problems = try applyLists(member, carried, to: file) + applyExtended(carried, to: file)
        var times = Self.times(member)
        guard futimens(file.descriptor, &times) == 0 else { throw file.failure("set time of") }
        return problems
    }

    /// Sets owner and time of the symbolic link `name`; links have no mode.
    func applyToLink(_ member: EntryHandle, _ name: FilePath.Component, in folder: OpenFile) throws {
        if restoringOwners {
            let answer = name.withPlatformString { fchownat(folder.descriptor, $0, member.owner, member.group, AT_SYMLINK_NOFOLLOW) }
            guard answer == 0 else { throw folder.failure("set owner of", name) }
        }
        var times = Self.times(member)
        guard name.withPlatformString({ utimensat(folder.descriptor, $0, &times, AT_SYMLINK_NOFOLLOW) }) == 0 else {
            throw folder.failure("set time of", name)
        }
    }

    private static func times(_ member: EntryHandle) -> [timespec] {
        let modified = member.modified
        let time = timespec(tv_sec: time_t(modified.seconds), tv_nsec: modified.nanoseconds)
        return [time, time]
    }

    private typealias Carried = [(name: String, value: [UInt8])]

    private func applyLists(_ member: EntryHandle, _ carried: Carried, to file: OpenFile) throws -> [FileSetProblem.Kind] {
        var problems: [FileSetProblem.Kind] = []
        for purpose in AccessControlList.Purpose.allCases {
            do {
                // GNU tar can be told to store lists as plain attributes, beside or instead of their own form.
                let plain = carried.first { $0.name == purpose.attribute }.flatMap { AccessControlList(attribute: $0.value) }
                if let list = try AccessControlList(member, purpose) ?? plain {
                    try ExtendedAttributes.set(purpose.attribute, list.attribute, file.descriptor)
                } else {
                    // A parent's default list may have given the new file entries that it never had.
                    try ExtendedAttributes.remove(purpose.attribute, file.descriptor)
                }
            } catch let failure as ArchiveError where failure.code == .failed {
                problems.append(.unsupported(what: "access control list (\(failure))"))
            } catch let failure as Errno {
                problems.append(try Self.problem("access control list", failure, file))
            }
        }
        return problems
    }

    private func applyExtended(_ carried: Carried, to file: OpenFile) throws -> [FileSetProblem.Kind] {
        var problems: [FileSetProblem.Kind] = []
        let lists = AccessControlList.Purpose.allCases.map(\.attribute)
        for (name, value) in carried where !lists.contains(name) {
            guard ExtendedAttributes.isKept(name), restoringOwners || !name.hasPrefix("security.") else {
                problems.append(.unsupported(what: "attribute \(name)"))
                continue
            }
            do {
                try ExtendedAttributes.set(name, value, file.descriptor)
            } catch {
                problems.append(try Self.problem("attribute \(name)", error, file))
            }
        }
        return problems
    }

    /// What this filesystem or user cannot take is a remark; anything else, such as a full disk, stops the restore.
    private static func problem(_ what: String, _ failure: Errno, _ file: OpenFile) throws(LocalIOError) -> FileSetProblem.Kind {
        guard [.notSupported, .notPermitted, .permissionDenied].contains(failure) else {
            throw LocalIOError("set \(what) of", file.path, failure)
        }
        return .unsupported(what: "\(what) (\(failure))")
    }
}
