import HarborAPI
package import JobEngine
import Jobs
import RegistryStorage
import Retention
package import Upkeep
import Vault

extension Installation {
    /// The only job of a kind, or the one that is named. Throws ``RequestError`` (`usage`) for a name that is none of this kind's and where
    /// the choice is not clear, (`configuration`) where there is no such job.
    package func job(_ kind: JobKind, named name: String?) throws -> JobSection {
        let all = configuration.jobs.filter { $0.kind == kind }
        let names = all.map(\.name).joined(separator: ", ")
        if let name {
            if let job = all.first(where: { $0.name == name }) { return job }
            throw RequestError(
                .usage, "the configuration has no job '\(name)' of kind '\(kind.rawValue)'",
                remedy: all.isEmpty ? "add one under 'jobs:'" : "it has \(names)")
        }
        guard let first = all.first else {
            throw RequestError(
                .configuration, "the configuration has no job of kind '\(kind.rawValue)'",
                remedy: "add one under 'jobs:'; etc/opsd.yaml shows it")
        }
        guard all.count == 1 else {
            throw RequestError(
                .usage, "the configuration has several jobs of kind '\(kind.rawValue)'", remedy: "choose one with --job: \(names)")
        }
        return first
    }

    /// The collection that a job of kind gc stands for. Throws what keeps it from being made.
    func collectionJob(_ job: JobSection) async throws -> CollectionJob {
        guard case .gc(let settings) = job.work else {
            throw RequestError(.usage, "job '\(job.name)' collects no garbage: it is of kind '\(job.kind.rawValue)'")
        }
        return CollectionJob(
            access: try harborAccess(), settings: settings, pins: configuration.pins,
            vault: settings.requiresCoverage ? try await openVault(job.vault) : nil,
            storage: try configuration.storage.map { try RegistryStorage(root: $0.filesystem) },
            stateDirectory: configuration.stateDirectory)
    }

    /// What a run of `job` would collect now, and what speaks against it. Changes nothing in Harbor.
    package func planCollection(_ job: JobSection, progress: any RunProgress) async throws -> CollectionPlan {
        try await performing(progress) { recorder in
            try await keepingOwner(of: stateNames(of: job)) {
                let collection = try await collectionJob(job)
                return try await recorder.phase("plan") { try await collection.plan(recorder: recorder) }
            }
        }
    }

    func rescanJob(_ settings: RescanSettings) throws -> RescanJob {
        RescanJob(access: try harborAccess(), settings: settings, pins: configuration.pins, usesPullTimes: usesPullTimes)
    }

    func pinCheckJob() throws -> PinCheckJob { PinCheckJob(access: try harborAccess(), pins: try pinSettings()) }

    private func pinSettings() throws -> PinSettings {
        if let pins = configuration.pins { return pins }
        throw RequestError(
            .configuration, "this needs 'pins:', which the configuration does not have", remedy: "name the lists of running images there")
    }

    /// The lists of running images as they are now. Where a guard doubts them, the images are read all the same, and the doubt is returned.
    ///
    /// Throws ``UpkeepError`` where a list cannot be read at all.
    package func pinList() async throws -> (list: PinList, doubt: UpkeepError?) {
        let settings = try pinSettings()
        let access = try harborAccess()
        do {
            return (try await PinReader(settings: settings, access: access).read(), nil)
        } catch let error as UpkeepError {
            switch error.code {
            case .refused(.pinsStale), .refused(.pinsEmpty): break
            case .refused, .notFound, .corrupt, .configuration, .unreachable, .failed: throw error
            }
            var patient = settings
            (patient.least, patient.greatestAge) = (0, .seconds(Int64(Int32.max)))
            return (try await PinReader(settings: patient, access: access).read(), error)
        }
    }

    /// Asks the registry for every image of a list. Throws `HarborAPIError` where it does not answer.
    package func checkPins(_ list: PinList) async throws -> PinCheck.Result {
        try await PinCheck(client: try harborClient()).check(list.pins)
    }

    /// Whether a class of a retention decides by the time of the last pull. A rescan looks at Harbor's own policies itself.
    private var usesPullTimes: Bool {
        configuration.jobs.contains { job in
            guard case .retention(let settings) = job.work else { return false }
            return settings.classes.contains { $0.keep.pulledWithin != nil }
        }
    }

    // MARK: - Holding garbage collection

    /// Nil on a host that knows no Harbor to ask. A credential that cannot be read costs the hold, never the backup.
    func collectionHold(_ holds: HoldLedger) -> CollectionHold? {
        guard let section = configuration.harbor else { return nil }
        let control: any CollectionControl
        do {
            control = HarborCollections(try harborClient())
        } catch {
            control = UnaskedCollections(reason: error)
        }
        return CollectionHold(control: control, holds: holds, clock: clock, patience: section.holdWait)
    }

    /// Undoes a hold that a run of this or an earlier process left.
    func undo(hold: String) async throws {
        guard hold == CollectionHold.name else {
            throw RequestError(
                .configuration, "this version of opsd does not know the hold '\(hold)'", remedy: "start the version that made it")
        }
        try await HarborCollections(try harborClient()).resume()
    }
}
