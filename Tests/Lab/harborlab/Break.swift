import ArgumentParser
import HarborLab

/// Injects a fault.
struct Break: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make something go wrong.")

    /// The faults by the names that the command line uses.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case rotten
        case missing
        case zero
        case zeroLink = "zero-link"
        case dirtySchema = "dirty-schema"
        case wrongSecretKey = "wrong-secret-key"
        case runningGarbageCollection = "running-gc"
    }

    @OptionGroup var folder: LabFolder
    @Argument(help: "One of \(Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var fault: Kind
    @Argument(help: "The blob, for rotten, missing, zero and zero-link.")
    var digest: String?
    @Option(help: "The repository, for zero-link.")
    var repository: String?

    func run() throws {
        try folder.attach().inject(makeFault())
    }

    private func makeFault() throws -> HarborLab.Fault {
        switch fault {
        case .rotten: .rotten(digest: try requireDigest())
        case .missing: .missing(digest: try requireDigest())
        case .zero: .zero(digest: try requireDigest())
        case .zeroLink: .zeroLink(repository: try requireRepository(), digest: try requireDigest())
        case .dirtySchema: .dirtySchema
        case .wrongSecretKey: .wrongSecretKey
        case .runningGarbageCollection: .runningGarbageCollection
        }
    }

    private func requireDigest() throws -> String {
        guard let digest, digest.contains(":") else { throw ValidationError("\(fault.rawValue) needs the digest of a blob") }
        return digest
    }

    private func requireRepository() throws -> String {
        guard let repository else { throw ValidationError("\(fault.rawValue) needs --repository") }
        return repository
    }
}
